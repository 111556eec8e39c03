using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace McpWorkers.Cli;

/// <summary>The usual help of a command, with examples after it and the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        string command = string.Join(' ', CommandTree.PathTo(parseResult.CommandResult.Command));
        if (CommandExamples.Of(command) is { Count: > 0 } examples)
        {
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine("  " + example);
            }

            output.WriteLine();
        }

        output.Write(ExitCodeTexts.Of(command));
        return ExitCodes.Success;
    }
}
