using System.CommandLine;
using System.CommandLine.Parsing;

namespace McpWorkers.Cli.Tasks;

/// <summary>Ids as arguments. A word that begins with a dash is an option that was misspelt, not an id.</summary>
internal static class TaskIds
{
    public static Argument<string> One(string description, string name = "task") => Checked(new Argument<string>(name) { Description = description, HelpName = "ID" });

    /// <summary>One or more.</summary>
    public static Argument<string[]> AtLeastOne(string description) =>
        Checked(new Argument<string[]>("tasks") { Description = description, HelpName = "ID", Arity = ArgumentArity.OneOrMore });

    private static Argument<T> Checked<T>(Argument<T> argument)
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
