using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>How an engine proves itself, and we to it. The engine's certificate is always checked: there is no way to switch that off.</summary>
/// <param name="Directory">Holds <c>ca.pem</c>, <c>cert.pem</c> and <c>key.pem</c>, as DOCKER_CERT_PATH does; those that are there are used. Null: what the system trusts.</param>
internal sealed record EngineTls(string? Directory)
{
    public static EngineTls System { get; } = new((string?)null);

    /// <exception cref="EngineException">A file cannot be read or is no certificate.</exception>
    public SslClientAuthenticationOptions ToOptions()
    {
        var options = new SslClientAuthenticationOptions();
        if (Directory is null)
        {
            return options;
        }

        string authority = Path.Combine(Directory, "ca.pem");
        string certificate = Path.Combine(Directory, "cert.pem");
        string key = Path.Combine(Directory, "key.pem");
        try
        {
            if (File.Exists(authority))
            {
                options.CertificateChainPolicy = Trusting(authority);
            }

            if (File.Exists(certificate))
            {
                options.ClientCertificates = [WithKey(certificate, key)];
            }
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new EngineException(
                EngineFault.Refused, $"The certificates in {Directory} (DOCKER_CERT_PATH) cannot be used: {e.Message} It holds ca.pem, cert.pem and key.pem.", e);
        }

        return options;
    }

    private static X509ChainPolicy Trusting(string authority)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(authority);
        return policy;
    }

    // Windows cannot use a key that was only ever in memory: by way of PKCS#12 it can.
    private static X509Certificate2 WithKey(string certificate, string key)
    {
        using var read = X509Certificate2.CreateFromPemFile(certificate, key);
        return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
    }
}
