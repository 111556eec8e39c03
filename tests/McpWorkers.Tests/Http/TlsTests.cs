using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Http;

public sealed class TlsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tls-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory(Timeout = 60_000)]
    [InlineData("one.pem")]
    [InlineData("two.pem")]
    [InlineData("one.pfx")]
    public async Task It_serves_by_the_certificate_of_the_settings(string form)
    {
        using var certificate = Make();
        string path = Path.Combine(_folder.FullName, form);
        string? key = form == "two.pem" ? path + ".key" : null;
        string keyText = certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        if (form.EndsWith("pfx", StringComparison.Ordinal))
        {
            await File.WriteAllBytesAsync(path, certificate.Export(X509ContentType.Pkcs12), TestContext.Current.CancellationToken);
        }
        else
        {
            await File.WriteAllTextAsync(path, certificate.ExportCertificatePem() + "\n" + (key is null ? keyText : ""), TestContext.Current.CancellationToken);
        }

        if (key is not null)
        {
            await File.WriteAllTextAsync(key, keyText, TestContext.Current.CancellationToken);
        }

        await using var door = await OpenDoor.StartAsync(settings => settings with { Certificate = path, CertificateKey = key });
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint };
        using var client = new HttpClient(handler);

        Assert.StartsWith("https://", door.Url, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(door.Url + "/health", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("absent.pem", null)]
    [InlineData("bad.pem", "no certificate")]
    [InlineData("bad.pfx", "no certificate")]
    public async Task A_certificate_that_is_no_good_stops_the_start(string name, string? content)
    {
        string path = Path.Combine(_folder.FullName, name);
        if (content is not null)
        {
            await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
        }

        var refused = await Assert.ThrowsAsync<RefusedException>(() => OpenDoor.StartAsync(settings => settings with { Certificate = path }));

        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.Contains("http.certificate", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_port_that_is_taken_is_said_by_name()
    {
        await using var first = await OpenDoor.StartAsync();

        var refused = await Assert.ThrowsAsync<RefusedException>(() => OpenDoor.StartAsync(settings => settings with { Port = new Uri(first.Url).Port }));

        Assert.Equal(RefusalCode.AlreadyOwned, refused.Code);
        Assert.Contains("http.port", refused.Message, StringComparison.Ordinal);
    }

    private static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
