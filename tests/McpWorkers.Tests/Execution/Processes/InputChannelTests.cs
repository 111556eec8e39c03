using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class InputChannelTests : RunScene
{
    private const int Limit = 20_000;

    [Fact(Timeout = Limit)]
    public async Task Command_reads_what_is_appended_until_its_end()
    {
        var handle = await StartAsync(Channel("cat; echo over; exit 3", "first\n"));
        await UntilOutputAsync(handle, "first\n");
        await handle.WriteInputAsync(Bytes("second\n"), end: false, Cancellation);
        await UntilOutputAsync(handle, "second\n");
        await handle.WriteInputAsync(Bytes("third"), end: true, Cancellation);
        ExitedWith(3, await handle.ObserveAsync(new LineCollector(), Cancellation));
        Assert.Equal("first\nsecond\nthirdover\n", Output(handle));
    }

    [Fact(Timeout = Limit)]
    public async Task End_of_input_takes_nothing_from_a_command_that_reads_slowly()
    {
        var text = Bytes(new string('x', 1_000_000));
        var handle = await StartAsync(Channel("sleep 0.5; wc -c", ""));
        await handle.WriteInputAsync(text, end: true, Cancellation);
        var lines = new LineCollector();
        ExitedWith(0, await handle.ObserveAsync(lines, Cancellation));
        Assert.Equal("1000000", lines.Lines[0].Trim());
    }

    [Fact(Timeout = Limit)]
    public async Task Command_that_ends_first_ends_the_run()
    {
        var handle = await StartAsync(Channel("read -r line; echo \"got $line\"; exit 4", "hello\n"));
        var end = await handle.ObserveAsync(new LineCollector(), Cancellation);
        ExitedWith(4, end);
        Assert.Equal("got hello\n", Output(handle));
        await handle.WriteInputAsync(Bytes("late\n"), end: true, Cancellation);
    }

    [Fact(Timeout = Limit)]
    public async Task Adopter_can_write_and_end_the_input()
    {
        var launch = Channel("cat; exit 5", "a\n");
        await StartAsync(launch);
        var handle = await Launcher.AdoptAsync(launch.RunDirectory, Cancellation);
        await handle.WriteInputAsync(Bytes("b\n"), end: true, Cancellation);
        ExitedWith(5, await handle.ObserveAsync(new LineCollector(), Cancellation));
        Assert.Equal("a\nb\n", Output(handle));
    }

    [Fact(Timeout = Limit)]
    public async Task Stopped_run_with_a_channel_keeps_its_exit_status_and_leaves_nothing()
    {
        var handle = await StartAsync(Channel("trap 'exit 42' INT; echo ready; while :; do sleep 0.05; done", ""));
        await UntilOutputAsync(handle, "ready");
        await handle.StopAsync(new(StopKind.Cancelled, ""), null, Cancellation);
        Assert.Empty(Left());
        ExitedWith(42, await handle.ObserveAsync(new LineCollector(), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Programs_of_the_channel_are_found_whatever_the_commands_path()
    {
        var launch = Channel("while read -r line; do echo \"$PATH $line\"; done", "a\n");
        var handle = await StartAsync(launch with { Environment = new Dictionary<string, string> { ["PATH"] = "/nowhere" } });
        await UntilOutputAsync(handle, "/nowhere a");
        await handle.WriteInputAsync(default, end: true, Cancellation);
        ExitedWith(0, await handle.ObserveAsync(new LineCollector(), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Run_with_whole_input_takes_no_more()
    {
        var handle = await StartAsync("true");
        await Assert.ThrowsAsync<InvalidOperationException>(() => handle.WriteInputAsync(Bytes("a"), end: false, Cancellation));
        await handle.ObserveAsync(new LineCollector(), Cancellation);
    }

    private CommandLaunch Channel(string script, string first) => Script(script, input: new LaunchInput.Channel(Bytes(first)));
}
