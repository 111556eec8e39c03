// One task for three simulated workers, and what they made of it together.
//   dotnet run --project samples/library -- "Summarise this folder"
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Composition;
using Microsoft.Extensions.DependencyInjection;

const int WorkerCount = 3;
string prompt = args.Length > 0 ? string.Join(' ', args) : "Summarise this folder";

// The executable of the product stands beside this program, because the project refers to it.
string executable = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "mcpworkers.exe" : "mcpworkers");

var services = new ServiceCollection();
services.AddMcpWorkers(options => options.SimulatedAgentCommand = [executable, "simulated-agent"]);
await using var provider = services.BuildServiceProvider();

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    // The workers are stopped, tree and all, before this program ends.
    pressed.Cancel = true;
    interrupted.Cancel();
};

try
{
    var orchestrator = provider.GetRequiredService<WorkerOrchestrator>();
    var result = await orchestrator.RunAsync(prompt, WorkerCount, "simulated", ExecuteOptions.Default, interrupted.Token);
    foreach (var each in result.Results)
    {
        Console.WriteLine($"{each.WorkerId}  {each.Status.ToWire()}  {each.Duration.TotalSeconds:0.0} s\n{each.Error ?? each.Output}\n");
    }

    Console.WriteLine($"{result.Succeeded} succeeded, {result.Failed} failed, {result.Usage?.Total ?? 0} tokens, {result.Duration.TotalSeconds:0.0} s");
    return result.AllSucceeded ? 0 : 1;
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped.");
    return 130;
}
