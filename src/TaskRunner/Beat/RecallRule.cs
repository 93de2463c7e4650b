using TaskRunner.Database;

namespace TaskRunner.Beat;

/// <summary>Statements that have ticks looked at now: many at once, or some by their keys.</summary>
internal sealed class RecallRule
{
    private const string Move = """
        moved AS (
            UPDATE taskrunner.ticks AS tick SET check_at = now()
              FROM free
             WHERE tick.schedule_id = free.schedule_id AND tick.nominal = free.nominal
            RETURNING tick.schedule_id, tick.nominal)
        SELECT NULL::uuid, NULL::timestamptz, (SELECT count(*) FROM moved)::int, (SELECT count(*) FROM free)::int
        UNION ALL
        SELECT schedule_id, nominal, 0, 0 FROM free
         WHERE (SELECT count(*) FROM free) > (SELECT count(*) FROM moved)
           AND (schedule_id, nominal) NOT IN (SELECT schedule_id, nominal FROM moved)
        """;

    private const string NotRefused = """
        (tick.schedule_id, tick.nominal) NOT IN (SELECT aside.id, aside.at FROM unnest($1::uuid[], $2::timestamptz[]) AS aside (id, at))
        """;

    /// <param name="condition">Which ticks, of this installation, by columns of <c>tick</c>.</param>
    public RecallRule(string condition)
    {
        var which = $"tick.namespace = {Installation.Here} AND {condition}";
        Many = $"""
            WITH free AS MATERIALIZED (
                SELECT tick.schedule_id, tick.nominal
                  FROM taskrunner.ticks AS tick
                 WHERE {which} AND {NotRefused}
                 ORDER BY tick.check_at LIMIT $3 FOR UPDATE OF tick SKIP LOCKED),
            {Move}
            """;
        Some = $"""
            WITH free AS MATERIALIZED (
                SELECT tick.schedule_id, tick.nominal
                  FROM unnest($1::uuid[], $2::timestamptz[]) AS wanted (schedule_id, nominal)
                  JOIN taskrunner.ticks AS tick ON tick.schedule_id = wanted.schedule_id AND tick.nominal = wanted.nominal
                 WHERE {which} LIMIT $3 FOR UPDATE OF tick SKIP LOCKED),
            {Move}
            """;
        Keys = $"""
            SELECT tick.schedule_id, tick.nominal
              FROM taskrunner.ticks AS tick
             WHERE {which} AND {NotRefused}
             ORDER BY tick.check_at LIMIT $3
            """;
    }

    /// <summary>
    /// Has the first of them looked at, but for those that somebody holds. $1 and $2 schedules and nominal times of
    /// those to leave out, $3 how many at most.
    /// </summary>
    public string Many { get; }

    /// <summary>The same for those of the keys $1 and $2 alone.</summary>
    public string Some { get; }

    /// <summary>The keys of the first of them, also of those that somebody holds. Parameters as for <see cref="Many"/>.</summary>
    public string Keys { get; }
}
