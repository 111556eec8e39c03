using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Workers.Hosting;
using Xunit;

namespace McpWorkers.Tests.Workers;

public sealed class DebugClientsTests
{
    private static readonly TimeSpan Stay = TimeSpan.FromSeconds(5);

    [Fact]
    public void A_follower_hears_of_its_clients_runs_once_and_of_no_others()
    {
        var clients = new DebugClients(TimeProvider.System);
        using var present = clients.Enter("a");
        clients.Note("a", "term_1", "run_1");
        clients.Note("b", "term_2", "run_2");
        clients.Note("a", "term_1", "run_3");

        var news = clients.Follow("a", "me", 0, Stay);
        Assert.Equal([new DebugRun(1, "term_1", "run_1"), new DebugRun(2, "term_1", "run_3")], news.Runs);
        Assert.True(news.IsConnected);
        Assert.Empty(clients.Follow("a", "me", 2, Stay).Runs);
        present.Dispose();
        present.Dispose();
        Assert.False(clients.Follow("a", "me", 2, Stay).IsConnected);
        Assert.False(clients.IsOn);
    }

    [Fact]
    public void A_follower_that_asks_no_more_is_none()
    {
        var time = new LeapingTime();
        var clients = new DebugClients(time);
        Assert.False(clients.IsFollowed);
        clients.Follow("a", "me", 0, Stay);
        Assert.True(clients.IsFollowed);
        time.Leap(Stay);
        Assert.False(clients.IsFollowed);
        clients.Follow("a", "me", 0, Stay);
        clients.Follow("a", "me", 0, TimeSpan.Zero);
        Assert.False(clients.IsFollowed);
    }
}
