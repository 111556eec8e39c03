using System.Text.RegularExpressions;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Http.Page;

/// <summary>What the page's files may not hold: ways to make HTML of text, and anything from elsewhere.</summary>
public sealed partial class PageFilesTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder).Select(path => Path.GetFileName(path))];

    private static string Folder => Path.Combine(ProductPaths.Root, "src", "McpWorkers", "Http", "Page", "Assets");

    [Theory]
    [MemberData(nameof(Files))]
    public void No_file_makes_html_of_text_or_loads_from_elsewhere(string file)
    {
        string text = File.ReadAllText(Path.Combine(Folder, file));

        Assert.DoesNotMatch(MakesHtml(), text);
        // A namespace is a name, and the address in the hint is where the page is served.
        Assert.DoesNotMatch(Elsewhere(), text.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal).Replace("http://127.0.0.1:7433/#code=", "", StringComparison.Ordinal));
        Assert.DoesNotMatch(Inline(), text);
    }

    [GeneratedRegex(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|\beval\(|new Function|javascript:")]
    private static partial Regex MakesHtml();

    [GeneratedRegex(@"https?://|@import|url\(\s*['""]?//")]
    private static partial Regex Elsewhere();

    [GeneratedRegex(@"<script(?![^>]*\bsrc=)|<style|\sstyle=""|\son[a-z]+=""")]
    private static partial Regex Inline();
}
