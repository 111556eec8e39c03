using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks;

/// <summary>What a task's key may be: wherever an id is asked for it will do too, in a list with commas and in an address as well.</summary>
internal static class TaskKey
{
    private const int LengthMax = 200;

    /// <exception cref="RefusedException">It is no key.</exception>
    public static void Check(string key)
    {
        if (key.Length is 0 or > LengthMax)
        {
            throw TaskHost.Invalid($"key has {key.Length} characters; allowed are 1 to {LengthMax}.");
        }

        if (key.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is ',' or '/' or '?' or '#'))
        {
            throw TaskHost.Invalid($"key '{string.Concat(key.Select(c => char.IsControl(c) ? '\uFFFD' : c))}' cannot be used: no blank, ',', '/', '?', '#' or control character is allowed in it.");
        }

        if (key is "wait" || key.StartsWith("task_", StringComparison.Ordinal))
        {
            throw TaskHost.Invalid($"key '{key}' would be taken for something else: 'wait', and what begins with 'task_', cannot be keys.");
        }
    }
}
