using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpWorkers.Engine.Model;

namespace McpWorkers.Http;

/// <summary>The server's certificate, with the chain that comes with it.</summary>
internal sealed record TlsCertificate(X509Certificate2 Leaf, X509Certificate2Collection Chain)
{
    /// <summary>Reads the files of the settings: a .pfx without a password, or PEM. Null where no certificate is set.</summary>
    /// <exception cref="RefusedException">A file cannot be read, or holds no certificate with its key.</exception>
    public static TlsCertificate? Load(HttpSettings settings)
    {
        if (settings.Certificate is not { } path)
        {
            return null;
        }

        try
        {
            var chain = new X509Certificate2Collection();
            if (Path.GetExtension(path).ToLowerInvariant() is ".pfx" or ".p12")
            {
                return new(X509CertificateLoader.LoadPkcs12FromFile(path, password: null), chain);
            }

            chain.ImportFromPemFile(path);
            return new(X509Certificate2.CreateFromPemFile(path, settings.CertificateKey), chain);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new RefusedException(
                RefusalCode.InvalidSettings,
                $"Setting http.certificate: {path} cannot be used: {e.Message} It must be a PEM file with the certificate and its key "
                + "(or the key in http.certificate_key), or a .pfx file without a password.");
        }
    }
}
