using System.Globalization;
using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks.Validation;

/// <summary>What a task asks for.</summary>
/// <param name="WorkingDirectory">Absolute; null where none was named.</param>
/// <param name="Workspace">As it is to be, the role's choice in it; null for the worker type's.</param>
internal sealed record TaskAsk(string Prompt, IReadOnlyList<string> Files, string? WorkingDirectory, WorkspaceSpec? Workspace);

/// <summary>Checks what a task asks for against what the settings allow. Pure: what it must know of the disk it is told.</summary>
internal static class TaskValidation
{
    /// <param name="disk">What there is.</param>
    /// <exception cref="RefusedException">Something is not allowed. The message names it, what is allowed, and the setting.</exception>
    public static void Check(TaskAsk ask, TaskLimits limits, ITaskDisk disk)
    {
        CheckPrompt(ask.Prompt, limits);
        CheckRepository(ask, limits, disk);
        CheckFiles(ask, limits, disk);
    }

    public static void CheckPrompt(string prompt, TaskLimits limits)
    {
        int bytes = Encoding.UTF8.GetByteCount(prompt);
        if (bytes > limits.PromptBytesMax)
        {
            throw Refused(
                $"The prompt has {bytes:N0} bytes; a task's may have {limits.PromptBytesMax:N0} (setting tasks.prompt_bytes_max). Put the material into a file and name it.");
        }
    }

    /// <summary>The prompt with the files named in it: that is all that an agent is told of them.</summary>
    public static string PromptWith(string prompt, IReadOnlyList<string> files) => files.Count == 0
        ? prompt
        : $"{prompt}\n\nThe files that this is about, relative to the working directory:\n{string.Join('\n', files.Select(file => "- " + file))}";

    private static void CheckRepository(TaskAsk ask, TaskLimits limits, ITaskDisk disk)
    {
        if (limits.Repositories.Count == 0)
        {
            return;
        }

        const string Setting = "setting tasks.repositories";
        string? asked = ask.Workspace?.Kind == WorkspaceKind.Clone ? ask.Workspace.Repository : ask.WorkingDirectory;
        if (string.IsNullOrEmpty(asked))
        {
            throw Refused($"The task names no working directory, and tasks may work in these places only: {string.Join(", ", limits.Repositories)} ({Setting}).");
        }

        bool isKnown = RepositoryName.IsAddress(asked)
            ? limits.Repositories.Any(known => RepositoryName.IsSame(asked, known))
            : disk.Resolve(Path.GetFullPath(asked, ask.WorkingDirectory ?? Path.GetPathRoot(AppContext.BaseDirectory)!)) is var place
                && limits.Repositories.Any(known => !RepositoryName.IsAddress(known) && PathWithin.IsWithin(place, disk.Resolve(known)));
        if (!isKnown)
        {
            throw Refused($"Tasks may not work in '{RepositoryName.Shown(asked)}'. Allowed are: {string.Join(", ", limits.Repositories.Select(RepositoryName.Shown))} ({Setting}).");
        }
    }

    private static void CheckFiles(TaskAsk ask, TaskLimits limits, ITaskDisk disk)
    {
        if (ask.Files.Count == 0)
        {
            return;
        }

        if (ask.Files.Count > limits.FilesMax)
        {
            throw Refused($"The task names {ask.Files.Count} files; allowed are {limits.FilesMax} (setting tasks.files_max). Name a directory in the prompt instead.");
        }

        foreach (string file in ask.Files)
        {
            CheckName(file, limits);
            if (ask.Workspace?.Kind != WorkspaceKind.Clone)
            {
                string directory = ask.WorkingDirectory ?? throw Refused($"'{file}' is relative to the working directory, and the task names none.");
                CheckThere(file, directory, limits, disk);
            }
        }
    }

    private static void CheckName(string file, TaskLimits limits)
    {
        if (file.Length == 0 || file.Any(char.IsControl) || Path.IsPathRooted(file) || file.Contains('\\', StringComparison.Ordinal)
            || file.Split('/') is var parts && parts.Any(part => part is "" or "." or ".." or ".git"))
        {
            throw Refused($"'{Visible(file)}' is no file of the workspace. Allowed: a path relative to the working directory, with '/', without '..', and none of git's own files.");
        }

        string name = Path.GetFileName(file);
        if (limits.FileTypes.Count > 0 && !limits.FileTypes.Any(type => type[0] == '.'
            ? name.EndsWith(type, StringComparison.OrdinalIgnoreCase)
            : name.Equals(type, StringComparison.OrdinalIgnoreCase)))
        {
            throw Refused($"A task may not name '{file}'. Allowed kinds of files: {string.Join(", ", limits.FileTypes)} (setting tasks.file_types).");
        }
    }

    private static void CheckThere(string file, string directory, TaskLimits limits, ITaskDisk disk)
    {
        string path = Path.Combine(directory, file);
        if (!PathWithin.IsWithin(disk.Resolve(path), disk.Resolve(directory)))
        {
            throw Refused($"'{file}' leads out of the working directory '{directory}' by a link. Name a file that is in it.");
        }

        switch (disk.LengthOf(path))
        {
            case null:
                throw Refused($"There is no file '{file}' in '{directory}'. Name it relative to the working directory.");
            case var length when length > limits.FileBytesMax:
                throw Refused($"'{file}' has {length:N0} bytes; allowed are {limits.FileBytesMax:N0} (setting tasks.file_bytes_max).");
        }
    }

    private static string Visible(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    private static RefusedException Refused(FormattableString message) => new(RefusalCode.InvalidArgument, message.ToString(CultureInfo.InvariantCulture));
}
