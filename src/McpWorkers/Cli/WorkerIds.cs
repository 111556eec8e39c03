using System.CommandLine;
using System.CommandLine.Parsing;

namespace McpWorkers.Cli;

/// <summary>Ids of workers as arguments. A word that begins with a dash is an option that was misspelt, not an id.</summary>
internal static class WorkerIds
{
    public static Argument<string> One(string description) => Checked(new Argument<string>("worker") { Description = description, HelpName = "ID" });

    /// <summary>One or more.</summary>
    public static Argument<string[]> AtLeastOne(string description) =>
        Checked(new Argument<string[]>("workers") { Description = description, HelpName = "ID", Arity = ArgumentArity.OneOrMore });

    /// <summary>May be left out.</summary>
    public static Argument<string?> Optional(string description) =>
        Checked(new Argument<string?>("worker") { Description = description, HelpName = "ID", Arity = ArgumentArity.ZeroOrOne });

    /// <summary>Any number, also none.</summary>
    public static Argument<string[]> Several(string description) =>
        Checked(new Argument<string[]>("workers") { Description = description, HelpName = "ID", Arity = ArgumentArity.ZeroOrMore });

    /// <summary>Refuses such words.</summary>
    public static Argument<T> Checked<T>(Argument<T> argument)
    {
        argument.Validators.Add(static result => Check(result));
        return argument;
    }

    private static void Check(ArgumentResult result)
    {
        foreach (var token in result.Tokens.Where(token => token.Value.StartsWith('-')))
        {
            result.AddError($"Unrecognized command or argument '{token.Value}'.");
        }
    }
}
