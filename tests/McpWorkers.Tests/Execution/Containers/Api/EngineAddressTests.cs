using McpWorkers.Engine.Execution.Containers.Api;
using Xunit;

namespace McpWorkers.Tests.Execution.Containers.Api;

public sealed class EngineAddressTests
{
    [Theory]
    [InlineData("unix:///run/docker.sock", "unix:///run/docker.sock")]
    [InlineData("/run/docker.sock", "unix:///run/docker.sock")]
    [InlineData("tcp://10.0.0.2", "tcp://10.0.0.2:2375")]
    [InlineData("tcp://10.0.0.2:99/", "tcp://10.0.0.2:99")]
    [InlineData("http://host:80", "tcp://host:80")]
    [InlineData("http://host", "tcp://host:2375")]
    [InlineData("https://host", "tcp://host:2376")]
    [InlineData("tcp://[::1]:7", "tcp://[::1]:7")]
    [InlineData("tcp://[::1]", "tcp://[::1]:2375")]
    public void Address_is_read(string text, string address) => Assert.Equal(address, EngineAddress.Parse(text).ToString());

    [Fact]
    public void Certificates_make_it_encrypted()
    {
        var tls = new EngineTls("/certificates");
        Assert.Equal(("tcp://h:2376", tls), (EngineAddress.Parse("tcp://h", tls).ToString(), EngineAddress.Parse("tcp://h", tls).Tls));
        Assert.Null(EngineAddress.Parse("unix:///s", tls).Tls);
        Assert.NotNull(EngineAddress.Parse("https://h").Tls);
    }

    [Theory]
    [InlineData("", "unix:///path")]
    [InlineData("docker", "unix:///path")]
    [InlineData("unix://relative", "absolute")]
    [InlineData("unix:", "absolute")]
    [InlineData("tcp://", "unix:///path")]
    [InlineData("tcp://h:99999", "unix:///path")]
    [InlineData("tcp://h/v1.41", "nothing more")]
    [InlineData("tcp://user@h", "nothing more")]
    [InlineData("ssh://user@h", "ssh -L")]
    [InlineData("ssh://h", "ssh -L")]
    [InlineData("npipe:////./pipe/docker_engine", "named pipes")]
    [InlineData("fd://3", "unix:///path")]
    public void What_is_no_address_is_refused_with_the_remedy(string text, string remedy)
    {
        var fault = Assert.Throws<EngineException>(() => EngineAddress.Parse(text));
        Assert.Equal(EngineFault.Refused, fault.Fault);
        Assert.Contains(remedy, fault.Message, StringComparison.Ordinal);
    }
}
