using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpWorkers.Tests.Product;

namespace McpWorkers.Tests.Execution.Containers;

/// <summary>
/// A registry with one image, on loopback as the engine sees it: <c>tests/tools/registry/server.pl</c> in a container of the engine's network,
/// which the product's own client has no way to ask for. A second one waits until the first is gone: they share a port.
/// </summary>
internal sealed class TestRegistry : IAsyncDisposable
{
    private static readonly SemaphoreSlim _one = new(1, 1);
    private readonly HttpClient _engine;
    private readonly string _directory;
    private readonly string _container;

    private TestRegistry(HttpClient engine, string directory, string container, string tag) =>
        (_engine, _directory, _container, Image) = (engine, directory, container, $"127.0.0.1:5000/tests/pulled:{tag}");

    /// <summary>No engine has it yet. Its variable PULLED is <c>yes</c>.</summary>
    public string Image { get; }

    public static async Task<TestRegistry> StartAsync(TestEngine engine, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await StartAloneAsync(engine, cancellationToken);
        }
        catch
        {
            _one.Release();
            throw;
        }
    }

    private static async Task<TestRegistry> StartAloneAsync(TestEngine engine, CancellationToken cancellationToken)
    {
        string directory = Directory.CreateTempSubdirectory("engine-registry-").FullName;
        string tag = Guid.NewGuid().ToString("N");
        Fill(Path.Combine(directory, "v2"), tag);
        var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(engine.Socket), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        { BaseAddress = new("http://engine/") };
        string made = await SendAsync(http, HttpMethod.Post, "containers/create", $$"""
            {"Image":"{{EngineFixture.Debian}}","Cmd":["perl","/server.pl","/registry"],
             "HostConfig":{"NetworkMode":"host","Binds":["{{ProductPaths.Script("registry/server.pl")}}:/server.pl:ro","{{directory}}:/registry:ro"]} }
            """, cancellationToken);
        string id = JsonDocument.Parse(made).RootElement.GetProperty("Id").GetString()!;
        var registry = new TestRegistry(http, directory, id, tag);
        await SendAsync(http, HttpMethod.Post, $"containers/{id}/start", null, cancellationToken);
        await registry.ReadyAsync(cancellationToken);
        return registry;
    }

    public async ValueTask DisposeAsync()
    {
        await SendAsync(_engine, HttpMethod.Delete, $"containers/{_container}?force=true", null, CancellationToken.None);
        _engine.Dispose();
        Directory.Delete(_directory, recursive: true);
        _one.Release();
    }

    // Its first line of output says that it listens.
    private async Task ReadyAsync(CancellationToken cancellationToken)
    {
        await using var output = await _engine.GetStreamAsync(new Uri($"containers/{_container}/logs?follow=true&stdout=true&stderr=true", UriKind.Relative), cancellationToken);
        byte[] head = new byte[14];
        await output.ReadExactlyAsync(head, cancellationToken);
        if (!Encoding.ASCII.GetString(head).EndsWith("ready\n", StringComparison.Ordinal))
        {
            throw new InvalidOperationException("The registry did not start: " + await new StreamReader(output).ReadToEndAsync(cancellationToken));
        }
    }

    private static void Fill(string root, string tag)
    {
        string layer = Blob(root, LayerBytes());
        byte[] config = Encoding.UTF8.GetBytes($$$"""{"architecture":"amd64","os":"linux","config":{"Env":["PULLED=yes"]},"rootfs":{"type":"layers","diff_ids":["{{{layer}}}"]},"history":[{"created":"2020-01-01T00:00:00Z"}]}""");
        byte[] manifest = Encoding.UTF8.GetBytes(
            $$$"""{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":{{{config.Length}}},"digest":"{{{Blob(root, config)}}}"},"layers":"""
            + $$$"""[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar","size":{{{LayerBytes().Length}}},"digest":"{{{layer}}}"}]}""");
        string manifests = Directory.CreateDirectory(Path.Combine(root, "tests", "pulled", "manifests")).FullName;
        File.WriteAllBytes(Path.Combine(manifests, tag), manifest);
        File.WriteAllBytes(Path.Combine(manifests, Digest(manifest)), manifest);
        File.WriteAllText(Path.Combine(root, "index"), "{}");
    }

    private static byte[] LayerBytes()
    {
        using var bytes = new MemoryStream();
        using (var tar = new System.Formats.Tar.TarWriter(bytes, System.Formats.Tar.TarEntryFormat.Ustar, leaveOpen: true))
        {
            tar.WriteEntry(new System.Formats.Tar.UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "said")
            {
                DataStream = new MemoryStream(new byte[300_000]),
                ModificationTime = DateTimeOffset.UnixEpoch,
            });
        }

        return bytes.ToArray();
    }

    private static string Blob(string root, byte[] bytes)
    {
        string digest = Digest(bytes);
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(root, "tests", "pulled", "blobs")).FullName, digest), bytes);
        return digest;
    }

    private static string Digest(byte[] bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task<string> SendAsync(HttpClient http, HttpMethod method, string path, string? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        // With its length told: Docker takes no chunks here.
        await (request.Content?.LoadIntoBufferAsync(cancellationToken) ?? Task.CompletedTask);
        using var answer = await http.SendAsync(request, cancellationToken);
        string said = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.IsSuccessStatusCode ? said : throw new InvalidOperationException($"{method} {path}: {said}");
    }
}
