using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Composition;
using McpWorkers.Http;
using McpWorkers.Mcp;

namespace McpWorkers.Benchmarks.Http;

/// <summary>The product's HTTP door in a process of its own, so that its processor time can be told apart. It ends with its input.</summary>
internal static class HttpServerProcess
{
    public const string Command = "http-server";

    public static async Task RunAsync()
    {
        string data = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        try
        {
            var time = TimeProvider.System;
            await using var manager = new EngineFactory(new() { DataDirectory = data, Settings = new HostSettings { DataDirectory = data } }, time).CreateManager();
            string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
            await manager.Tokens.AddAsync(new(
                "benchmark", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token))), TokenScope.Operate, time.GetUtcNow()));
            var tools = new ToolCatalog(manager, Console.Error, time);
            await using var door = await HttpDoor.StartAsync(
                manager, new McpServerFactory(manager, tools, Console.Error, time), tools, new HttpSettings { Port = 0 }, new(), Console.Error, CancellationToken.None);
            Console.WriteLine($"{door.Url}{HttpDoor.McpPath} {token}");
            await Console.In.ReadToEndAsync();
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }
}
