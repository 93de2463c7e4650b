namespace TaskRunner.Beat;

/// <summary>How PostgreSQL is to plan statements that look up some hundred known rows in tables of any size.</summary>
internal static class RowByRow
{
    /// <summary>
    /// For the rest of the transaction rows are looked up by their keys. Left to itself the planner goes by statistics, which a partition has none of on its
    /// first morning and which know nothing of the last minutes: it then reads the whole partition, and compares each of its rows with each one wanted.
    /// </summary>
    public const string Plan = $"SELECT {Settings}";

    /// <summary>The same, as columns of a statement that does more.</summary>
    public const string Settings = "set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)";
}
