using System.Net;
using System.Net.Sockets;
using McpWorkers.Engine.Execution;
using McpWorkers.Tests.Execution.Launching;
using McpWorkers.Tests.Execution.Processes;
using Xunit;

namespace McpWorkers.Tests.Execution.Containers;

/// <summary>What a command in a container tries, and does not get.</summary>
public sealed class EscapeTests(EngineFixture engines)
{
    private const int Limit = 180_000;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Containers), MemberType = typeof(LaunchScene))]
    public async Task Nothing_but_the_mounts_can_be_reached(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        string secret = Path.Combine(scene.Root, "secret");
        await File.WriteAllTextAsync(secret, "secret", LaunchScene.Cancellation);
        string others = Directory.CreateDirectory(Path.Combine(scene.Root, "shared", "another-worker")).FullName;
        string hooks = Directory.CreateDirectory(Path.Combine(scene.Work, ".git", "hooks")).FullName;
        string socket = (await engines.GetAsync(kind.Split(',')[0])).Socket;
        string earlier = scene.Script("true").RunDirectory;
        Directory.CreateDirectory(earlier);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        string[] attempts =
        [
            $"cat '{secret}'", "echo x >/etc/escaped", "echo x >/bin/sh", $"echo x >'{hooks}/post-commit'", $"mv '{scene.Work}/.git' '{scene.Work}/git'",
            $"ls '{others}'", $"ls '{earlier}'", $"test -e '{socket}'", "test -e /var/run/docker.sock", "test -e /run/podman/podman.sock",
            $"nc -w 2 127.0.0.1 {port} </dev/null", "mount -t tmpfs none /mnt", "mknod /tmp/disk b 8 0", "chroot / true", "hostname escaped",
        ];
        string script = string.Join('\n', attempts.Select((attempt, i) => $"({attempt}) >/dev/null 2>&1 && echo escaped {i}"))
            + "\ngrep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'; ls /proc | grep -c '^[0-9]'; grep -c : /proc/net/dev";
        var launch = scene.Script(script);
        launch = launch with { Container = launch.Container! with { Mounts = [.. launch.Container.Mounts, new(Path.Combine(scene.Work, ".git"), Path.Combine(scene.Work, ".git"))] } };
        var lines = new LineCollector();
        await scene.RunAsync(launch, lines);
        Assert.Equal("", string.Join("; ", lines.Lines.Where(line => line.StartsWith("escaped", StringComparison.Ordinal)).Select(line => attempts[int.Parse(line[8..], null)])));
        Assert.Equal(["CapEff:0000000000000000", "NoNewPrivs:1", "Seccomp:2"], lines.Lines.Take(3));

        // Only its own processes, and the loopback alone.
        Assert.InRange(int.Parse(lines.Lines[3], null), 2, 12);
        Assert.Equal("1", lines.Lines[4]);
        Assert.False(listener.Pending());
        Assert.Empty(Directory.GetFiles(hooks));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Containers), MemberType = typeof(LaunchScene))]
    public async Task Links_that_a_command_puts_before_the_host_are_not_followed(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        string secret = Path.Combine(scene.Root, "secret");
        await File.WriteAllTextAsync(secret, "secret", LaunchScene.Cancellation);
        var launch = scene.Script("x");
        string script = $"cd '{launch.RunDirectory}' || cd {scene.Root}/shared/*/*; for f in stderr.log stdout.ndjson stop.json reached.json limits exit; do rm -f $f; ln -s '{secret}' $f; done";
        launch = launch with { Arguments = ["-c", script] };
        var handle = await scene.StartAsync(launch);
        var lines = new LineCollector();
        var late = new LineCollector();
        try
        {
            var end = await handle.ObserveAsync(lines, LaunchScene.Cancellation);
            Assert.DoesNotContain("secret", end.StderrTail, StringComparison.Ordinal);
            Assert.Null(end.Stop);
            var adopted = await scene.NewLauncher().AdoptAsync(launch.RunDirectory, LaunchScene.Cancellation);
            await adopted.ObserveAsync(late, LaunchScene.Cancellation);
        }
        catch (Exception e) when (e is LaunchException or IOException)
        {
            // Without its files there is nothing to observe; it is lost, and says so.
        }

        Assert.Empty(lines.Lines.Concat(late.Lines));
        Assert.Equal("secret", await File.ReadAllTextAsync(secret, LaunchScene.Cancellation));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Own), MemberType = typeof(LaunchScene))]
    public async Task What_the_host_reads_again_later_cannot_be_changed(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var launch = scene.Script("x");
        string script = $"cd '{launch.RunDirectory}'; for f in launch.json run.json; do echo x >$f || rm -f $f || mv $f y || ln -sf /etc/passwd $f; done 2>/dev/null; echo free >free.json";
        launch = launch with { Arguments = ["-c", script], Files = [new("run.json", LaunchScene.Bytes("{}"), IsForHost: true), new("free.json", LaunchScene.Bytes("{}"))] };
        string before = "";
        var handle = await scene.StartAsync(launch);
        before = await File.ReadAllTextAsync(Path.Combine(launch.RunDirectory, "launch.json"), LaunchScene.Cancellation);
        await handle.ObserveAsync(new LineCollector(), LaunchScene.Cancellation);
        Assert.Equal(before, await File.ReadAllTextAsync(Path.Combine(launch.RunDirectory, "launch.json"), LaunchScene.Cancellation));
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(launch.RunDirectory, "run.json"), LaunchScene.Cancellation));
        Assert.Equal("free\n", await File.ReadAllTextAsync(Path.Combine(launch.RunDirectory, "free.json"), LaunchScene.Cancellation));
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(LaunchScene.Own), MemberType = typeof(LaunchScene))]
    public async Task Image_cannot_choose_another_user_or_more_rights(string kind)
    {
        await using var scene = await LaunchScene.OnAsync(kind, engines);
        var launch = scene.Script("id -u; id -g; touch own; stat -c %u own");
        launch = launch with { Container = launch.Container! with { User = "1000:1000" } };
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(scene.Work, (UnixFileMode)0b111_111_111);
        }

        var lines = new LineCollector();
        var end = await scene.RunAsync(launch, lines);
        Assert.Equal(["1000", "1000", "1000"], lines.Lines);
        Assert.Equal(new ExitStatus.Code(0), end.Exit);
    }
}
