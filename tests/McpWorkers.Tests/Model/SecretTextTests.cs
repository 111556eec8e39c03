using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Model;

public sealed class SecretTextTests
{
    [Theory]
    [InlineData("curl -H 'Authorization: Bearer abcdefghijkl.mnop' x", "curl -H 'Authorization: Bearer ***' x")]
    [InlineData("""{"Authorization":"Basic YWxhZGRpbjpvcGVu"}""", """{"Authorization":"Basic ***"}""")]
    [InlineData("""{\"x-api-key\": \"sk-abcdefghijklmnop\"}""", """{\"x-api-key\": \"***\"}""")]
    [InlineData("X-API-Key: sk-abcdefghijklmnop", "X-API-Key: ***")]
    [InlineData("the bearer abcdefghijklmnop came", "the bearer *** came")]
    [InlineData("https://user:pa55word@host/x", "https://user:***@host/x")]
    [InlineData("http://:mcpsecretword@127.0.0.1:7433", "http://:***@127.0.0.1:7433")]
    [InlineData("GET /x?access_token=abcdefgh1&page=2", "GET /x?access_token=***&page=2")]
    [InlineData("http://127.0.0.1:7433/#code=abcdefgh1", "http://127.0.0.1:7433/#code=***")]
    [InlineData("it is mcpw_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG.", "it is ***.")]
    public void A_token_in_its_place_is_masked_and_the_rest_stays(string said, string shown) => Assert.Equal(shown, SecretText.Mask(said));

    [Theory]
    [InlineData("curl -H \"Authorization: Bearer $TOKEN\"")]
    [InlineData("https://host:8080/path@2?page=3&token=$TOKEN")]
    [InlineData("git@example.org:project.git")]
    [InlineData("Authorization: is explained in RFC 9110")]
    [InlineData("mcpw_ is the prefix; keys: 3; code=404")]
    [InlineData("")]
    public void What_is_no_token_stays(string said) => Assert.Equal(said, SecretText.Mask(said));

    [Fact(Timeout = 20_000)]
    public Task A_long_text_costs_little() => Task.Run(() =>
    {
        string text = string.Concat(Enumerable.Repeat("https://aaaa:bbbb authorization: key= ?token= bearer ", 40_000));
        Assert.Equal(text, SecretText.Mask(text));
    });
}
