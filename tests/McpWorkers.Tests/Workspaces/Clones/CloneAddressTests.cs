using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Clones;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Clones;

public sealed class CloneAddressTests
{
    [Theory]
    [InlineData("https://host.invalid/a/b.git", "https://host.invalid/a/b.git", "https://host.invalid/a/b.git")]
    [InlineData("https://me:s3cret@host.invalid/a.git", "https://host.invalid/a.git", "https://host.invalid/a.git")]
    [InlineData("https://me:s3@cret@host.invalid/a.git", "https://host.invalid/a.git", "https://host.invalid/a.git")]
    [InlineData("https://t0ken@host.invalid/a.git", "https://t0ken@host.invalid/a.git", "https://host.invalid/a.git")]
    [InlineData("ssh://git@host.invalid/a.git", "ssh://git@host.invalid/a.git", "ssh://git@host.invalid/a.git")]
    [InlineData("ssh://git:s3cret@host.invalid/a.git", "ssh://git@host.invalid/a.git", "ssh://host.invalid/a.git")]
    [InlineData("git@host.invalid:a/b.git", "git@host.invalid:a/b.git", "git@host.invalid:a/b.git")]
    public void Secrets_stand_neither_in_arguments_nor_in_what_is_shown(string repository, string given, string shown)
    {
        var address = CloneAddress.Of(repository, "/");

        Assert.Equal((given, shown), (address.Given, address.Shown));
        Assert.DoesNotContain("cret", address.Masked($"fatal: unable to access '{repository}'"), StringComparison.Ordinal);
        Assert.DoesNotContain("t0ken", address.Masked($"fatal: unable to access '{repository}'"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-x")]
    [InlineData("--upload-pack=touch x")]
    [InlineData("ext::sh -c touch% /tmp/x")]
    [InlineData("fd::17")]
    [InlineData("foo::bar")]
    [InlineData("foo://user:s3cret@bar/")]
    [InlineData("ssh://-oProxyCommand=x/a")]
    [InlineData("ssh://user@-oProxyCommand=x/a")]
    [InlineData("https://host.invalid/a\nb")]
    [InlineData("nowhere/to/be/found")]
    public void What_is_no_address_or_names_a_program_is_refused(string? repository)
    {
        var refused = Assert.Throws<RefusedException>(() => CloneAddress.Of(repository, Path.GetTempPath()));

        Assert.Equal(RefusalCode.InvalidArgument, refused.Code);
        Assert.DoesNotContain("s3cret", refused.Message, StringComparison.Ordinal);
    }
}
