using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using McpWorkers.Engine.Execution.Containers.Api;
using Xunit;

namespace McpWorkers.Tests.Execution.Containers.Api;

/// <summary>A real engine behind TCP with TLS that asks for the client's certificate, as dockerd does with --tlsverify.</summary>
public sealed class EngineTlsTests(EngineFixture engines) : IDisposable
{
    private const int Limit = 180_000;
    private readonly string _directory = Directory.CreateTempSubdirectory("engine-tls-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory(Timeout = Limit)]
    [MemberData(nameof(EngineFixture.Kinds), MemberType = typeof(EngineFixture))]
    public async Task Engine_is_reached_by_tls_with_both_certificates_checked(string kind)
    {
        var target = await engines.GetAsync(kind);
        using var authority = Authority("ours");
        using var stranger = Authority("a stranger's");
        await using var server = new TlsDoor(target.Socket, Issue(authority, "localhost"), authority);
        string certificates = Write("good", authority, authority);

        using var engine = Open(server.Port, certificates);
        Assert.Equal(kind, (await engine.IdentifyAsync(Cancellation)).Kind.ToString().ToLowerInvariant());
        string id = await engine.CreateAsync($"tls-{Guid.NewGuid():N}", Creation, Cancellation);
        try
        {
            await engine.StartAsync(id, Cancellation);
            using var output = new MemoryStream();
            var end = await engine.ExecAsync(
                id, new ExecCreation { Command = ["sh", "-c", "echo here; exit 4"], Environment = new Dictionary<string, string>() }, (_, bytes) => output.Write(bytes.Span), Cancellation);
            Assert.Equal((4, "here\n"), (end.ExitCode, Encoding.UTF8.GetString(output.ToArray())));
        }
        finally
        {
            await engine.RemoveAsync(id, CancellationToken.None);
        }

        // Each of both is checked: the engine's by us, ours by the engine.
        foreach (string wrong in new[] { Write("engine", stranger, authority), Write("client", authority, stranger) })
        {
            using var refused = Open(server.Port, wrong);
            var fault = await Assert.ThrowsAsync<EngineException>(() => refused.IdentifyAsync(Cancellation));
            Assert.Equal(EngineFault.Unreachable, fault.Fault);
        }

        var plain = new ContainerEngine(EngineAddress.Parse($"tcp://localhost:{server.Port}"), TimeProvider.System);
        await Assert.ThrowsAsync<EngineException>(() => plain.IdentifyAsync(Cancellation));
        plain.Dispose();
    }

    [Fact]
    public void Directory_without_usable_certificates_is_named()
    {
        File.WriteAllText(Path.Combine(_directory, "ca.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        var fault = Assert.Throws<EngineException>(() => Open(1, _directory));
        Assert.Contains(_directory, fault.Message, StringComparison.Ordinal);
        Assert.Contains("DOCKER_CERT_PATH", fault.Message, StringComparison.Ordinal);
    }

    private static ContainerEngine Open(int port, string certificates) =>
        new(EngineAddress.Parse($"tcp://localhost:{port}", new EngineTls(certificates)), TimeProvider.System);

    private static ContainerCreation Creation { get; } = new()
    {
        Image = EngineFixture.Busybox,
        Command = ["sleep", "600"],
        WorkingDirectory = "/",
        Environment = new Dictionary<string, string>(),
        Labels = new Dictionary<string, string>(),
        User = "0:0",
        Network = "none",
        IsReadOnlyRoot = true,
        DropCapabilities = ["ALL"],
        Mounts = [],
    };

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), Guid.NewGuid().ToByteArray());
        return issued.CopyWithPrivateKey(key);
    }

    private string Write(string name, X509Certificate2 trusted, X509Certificate2 issuer)
    {
        string directory = Directory.CreateDirectory(Path.Combine(_directory, name)).FullName;
        using var certificate = Issue(issuer, "client");
        File.WriteAllText(Path.Combine(directory, "ca.pem"), trusted.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(directory, "key.pem"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return directory;
    }

    /// <summary>TLS on loopback before an engine's socket.</summary>
    private sealed class TlsDoor : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _end = new();
        private readonly string _socket;
        private readonly SslServerAuthenticationOptions _options;
        private readonly Task _serving;

        public TlsDoor(string socket, X509Certificate2 certificate, X509Certificate2 authority)
        {
            _socket = socket;
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.Add(authority);
            _options = new()
            {
                ServerCertificate = certificate,
                ClientCertificateRequired = true,
                CertificateChainPolicy = policy,
                RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None,
            };
            _listener.Start();
            _serving = ServeAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            _listener.Stop();
            await _serving;
            _listener.Dispose();
            _end.Dispose();
        }

        private async Task ServeAsync()
        {
            var all = new List<Task>();
            try
            {
                while (true)
                {
                    all.Add(PassOnAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException || _end.IsCancellationRequested)
            {
                await Task.WhenAll(all);
            }
        }

        private async Task PassOnAsync(TcpClient client)
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                using var connection = client;
                await using var outside = new SslStream(connection.GetStream());
                await outside.AuthenticateAsServerAsync(_options, _end.Token);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), _end.Token);
                await using var inside = new NetworkStream(socket);
                await await Task.WhenAny(inside.CopyToAsync(outside, _end.Token), outside.CopyToAsync(inside, _end.Token));
            }
            catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or SocketException)
            {
                // Refused, or one of both has gone.
            }
        }
    }
}
