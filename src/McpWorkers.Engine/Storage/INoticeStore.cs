namespace McpWorkers.Engine.Storage;

/// <summary>What somebody was told of, so that nobody is told twice.</summary>
public interface INoticeStore
{
    /// <summary>Since when notices are owed; null where nobody is to be told.</summary>
    Task<DateTimeOffset?> SinceAsync(CancellationToken cancellationToken);

    /// <param name="since">Null: nothing is owed any more.</param>
    Task OweSinceAsync(DateTimeOffset? since);

    /// <summary>Takes a notice on. False where that was done before, by whomever: it is not to be told again.</summary>
    /// <param name="subject">What it is about, in a form of the caller's that is the same each time.</param>
    Task<bool> BeginAsync(string subject, DateTimeOffset at);

    /// <summary>Notes what came of it.</summary>
    /// <param name="outcome">One line; empty where it was told.</param>
    Task EndAsync(string subject, DateTimeOffset at, string outcome);

    /// <summary>Notices that were begun and of which nobody knows what came of them: whoever told them has died.</summary>
    Task<IReadOnlyList<string>> UnendedAsync(CancellationToken cancellationToken);

    /// <summary>Forgets notices begun before then.</summary>
    Task RemoveAsync(DateTimeOffset before);
}
