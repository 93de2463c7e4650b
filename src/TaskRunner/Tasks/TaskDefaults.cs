using TaskRunner.Broker;

namespace TaskRunner;

/// <summary>Rules that a task type's tasks are enqueued with, unless the request has its own.</summary>
internal sealed class TaskDefaults
{
    public TimeSpan? Expires { get; set; }

    /// <summary>Makes the unique key from the arguments; null when tasks of the type are not unique.</summary>
    public Func<ReadOnlyMemory<byte>, string>? UniqueKey { get; set; }

    public UniqueUntil UniqueUntil { get; set; }

    public UniqueConflict OnConflict { get; set; }

    public TimeSpan? UniqueFor { get; set; }

    /// <summary>Makes the concurrency key from the arguments; null when the type has no limit.</summary>
    public Func<ReadOnlyMemory<byte>, string>? ConcurrencyKey { get; set; }

    public int ConcurrencyLimit { get; set; }

    /// <summary>Whether the program's own code makes a key.</summary>
    public bool HasKeyFunctions => UniqueKey is not null || ConcurrencyKey is not null;

    /// <summary>The request with the rules that it does not have itself.</summary>
    public EnqueueRequest Apply(EnqueueRequest request)
    {
        var rules = request.Message.Rules ?? new TaskRules();
        if (rules.UniqueKey is null && UniqueKey is { } unique)
        {
            rules = rules with { UniqueKey = unique(request.Message.Arguments), UniqueUntil = UniqueUntil };
            request = request with { OnConflict = OnConflict, UniqueFor = UniqueFor ?? request.UniqueFor };
        }

        if (rules.ConcurrencyKey is null && ConcurrencyKey is { } concurrency)
        {
            rules = rules with { ConcurrencyKey = concurrency(request.Message.Arguments), ConcurrencyLimit = ConcurrencyLimit };
        }

        return request with { Expires = request.Expires ?? Expires, Message = request.Message with { Rules = rules.IsEmpty ? null : rules } };
    }

    /// <summary>A key for one task type and its arguments, however they are spelt.</summary>
    public static Func<ReadOnlyMemory<byte>, string> KeyOfArguments(string task) => arguments => ArgumentsKey.Of(task, arguments);
}
