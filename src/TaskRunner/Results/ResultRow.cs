using Npgsql;

namespace TaskRunner.Results;

/// <summary>Translates between results and the columns of <see cref="ResultSql"/>.</summary>
internal static class ResultRow
{
    public static TaskResult Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Task = reader.GetString(1),
        Queue = reader.GetString(2),
        State = TaskStateName.Parse(reader.GetString(3)),
        Output = Text(reader, 4),
        Error = Text(reader, 5),
        Attempts = reader.GetInt32(6),
        Redeliveries = reader.GetInt32(7),
        Worker = Text(reader, 8),
        EnqueuedAt = reader.GetFieldValue<DateTimeOffset>(9),
        StartedAt = Time(reader, 10),
        FinishedAt = Time(reader, 11),
        Stack = Text(reader, 12),
    };

    public static void AddParameters(NpgsqlParameterCollection parameters, List<TaskResult> rows)
    {
        Add(parameters, rows, row => row.Id);
        Add(parameters, rows, row => StorableText.Text(row.Task));
        Add(parameters, rows, row => StorableText.Text(row.Queue));
        Add(parameters, rows, row => TaskStateName.Of(row.State));
        Add(parameters, rows, row => StorableText.Json(row.Output));
        Add(parameters, rows, row => StorableText.Text(row.Error));
        Add(parameters, rows, row => row.Attempts);
        Add(parameters, rows, row => row.Redeliveries);
        Add(parameters, rows, row => StorableText.Text(row.Worker));
        Add(parameters, rows, row => row.EnqueuedAt.ToUniversalTime());
        Add(parameters, rows, row => row.StartedAt?.ToUniversalTime());
        Add(parameters, rows, row => row.FinishedAt?.ToUniversalTime());
        Add(parameters, rows, row => StorableText.Text(row.Stack));
    }

    private static void Add<T>(NpgsqlParameterCollection parameters, List<TaskResult> rows, Func<TaskResult, T> column)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = column(rows[i]);
        }

        parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values });
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
