using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TaskRunner.Tests.Beat.Odd;

/// <summary>Makes rows of <c>schedules</c> and <c>ticks</c> by plain SQL, with each column at each of its odd ends.</summary>
[SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "The rows are to be the same again for the same seed.")]
internal static class OddRows
{
    /// <summary>
    /// What a user may do to the tables: no constraint is left that keeps values out, and constraints, triggers and deferred triggers refuse rows by their name,
    /// at the insert of a tick, at its update, and at the update of the schedule.
    /// </summary>
    public const string Prepare = """
        DO $$
        DECLARE c record;
        BEGIN
            FOR c IN SELECT conname FROM pg_constraint WHERE conrelid = 'taskrunner.schedules'::regclass AND contype = 'c' LOOP
                EXECUTE format('ALTER TABLE taskrunner.schedules DROP CONSTRAINT %I', c.conname);
            END LOOP;
            FOR c IN SELECT attname FROM pg_attribute WHERE attrelid = 'taskrunner.schedules'::regclass AND attnum > 0 AND attnotnull AND attname NOT IN ('id', 'name', 'enabled', 'since') LOOP
                EXECUTE format('ALTER TABLE taskrunner.schedules ALTER COLUMN %I DROP NOT NULL', c.attname);
            END LOOP;
        END
        $$;
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not % on a %', TG_ARGV[0], to_char(now(), 'Day'); END $$;
        CREATE FUNCTION public.refuse_tick() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM taskrunner.schedules WHERE id = NEW.schedule_id AND name LIKE TG_ARGV[0] || '%') THEN
                RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = repeat('no tick of this one. ', 100);
            END IF;
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER refuse_move BEFORE UPDATE OF next_due ON taskrunner.schedules FOR EACH ROW WHEN (NEW.name LIKE 'refuses move%') EXECUTE FUNCTION public.refuse('moved');
        CREATE CONSTRAINT TRIGGER refuse_late AFTER UPDATE ON taskrunner.schedules DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            WHEN (NEW.name LIKE 'refuses at commit%') EXECUTE FUNCTION public.refuse('committed');
        CREATE TRIGGER refuse_insert BEFORE INSERT ON taskrunner.ticks FOR EACH ROW EXECUTE FUNCTION public.refuse_tick('refuses ticks');
        CREATE TRIGGER refuse_update BEFORE UPDATE ON taskrunner.ticks FOR EACH ROW EXECUTE FUNCTION public.refuse_tick('refuses marks');
        ALTER TABLE taskrunner.schedules ADD CONSTRAINT mine CHECK (name NOT LIKE 'refuses due%' OR next_due IS NULL);
        """;

    private static readonly string[] Instants =
    [
        "'infinity'", "'-infinity'", "'4714-11-24 00:00:00+00 BC'", "'0001-12-31 23:59:59+00 BC'", "'0001-01-01 00:00:00+00'", "'0001-01-01 00:00:00.000001+00'", "'1969-12-31 23:59:59.999999+00'",
        "'9999-12-31 23:59:59.999999+00'", "'9999-12-31 23:59:59-05'", "'10000-01-01 00:00:00+00'", "'294276-12-31 23:59:59.999999+00'",
    ];

    private static readonly string[] Texts =
    [
        "''", "' '", "E'\\n'", "E'\\x01\\x7f'", "E'\\uFFFE\\uFEFF'", "U&'\\202Egnitsrever'", "repeat('x', 300)", "repeat('\u00e4', 201)", "'\U0001f600'", "'''; DROP TABLE x; --'", "'{}'", "'%s {0} {Name}'", "'../../etc/passwd'",
        "'@daily'", "'60 * * * *'", "'0 0 30 2 *'", "'* * * * * * *'", "'0 0 29 2 1'", "'Europe/Berlin'", "'europe/berlin'", "'q q'", "'a.b:c'",
    ];

    private const string Shortest = "50";

    private static readonly string[] Numbers = ["0", "-1", "1", "49", Shortest, "2147483647", "-2147483648", "9223372036854775807", "-9223372036854775808", "31622400000", "31622400001", "NULL"];

    private static readonly string[] Jsons =
    [
        "'null'", "'true'", "'5'", "'\"text\"'", "'[]'", "'[[1,[2,{}]]]'", "'{\"n\": 1e1000}'", "('{\"n\": ' || repeat('9', 100000) || '}')::jsonb", "'{\"a\": 1, \"a\": 2}'", "(repeat('[', 1000) || repeat(']', 1000))::jsonb",
        "to_jsonb(repeat('x', 300000))", "'{\"\": {\"\\u0001\": \"\\ud83d\\ude00\"}}'", "NULL",
    ];

    private static readonly Dictionary<string, string[]> Ends = new(StringComparer.Ordinal)
    {
        ["once_at"] = Instants,
        ["anchor_at"] = Instants,
        ["starts_at"] = Instants,
        ["ends_at"] = Instants,
        ["next_due"] = [.. Instants, "NULL"],
        ["last_due"] = Instants,
        ["since"] = Instants,
        ["created_at"] = Instants,
        ["updated_at"] = Instants,
        ["cron"] = Texts,
        ["timezone"] = [.. Texts, "NULL"],
        ["task"] = [.. Texts, "NULL"],
        ["queue"] = [.. Texts, "NULL"],
        ["description"] = Texts,
        ["problem"] = Texts,
        ["paused_reason"] = Texts,
        ["catch_up"] = [.. Texts.Take(8), "NULL", "'ALL'"],
        ["overlap"] = [.. Texts.Take(8), "NULL", "'buffer'", "'cancel'"],
        ["dst_gap"] = [.. Texts.Take(4), "NULL"],
        ["dst_overlap"] = [.. Texts.Take(4), "NULL"],
        ["day_match"] = [.. Texts.Take(4), "NULL"],
        ["every_ms"] = [.. Numbers[..^1]],
        ["jitter_ms"] = Numbers,
        ["catch_up_window_ms"] = Numbers,
        ["catch_up_limit"] = ["0", "-1", "2147483647", "-2147483648", "1000", "1001", "NULL"],
        ["expires_ms"] = Numbers,
        ["priority"] = ["-1", "10", "32767", "-32768", "NULL"],
        ["revision"] = ["9223372036854775807", "-9223372036854775808", "NULL"],
        ["arguments"] = Jsons,
    };

    // What is certain to be unusable: the others are usable, at rest, or depend on the rest of the row.
    private static readonly HashSet<(string Column, string Value)> Unusable =
    [
        .. new[] { "once_at", "anchor_at" }.SelectMany(_ => Instants, (column, value) => (column, value)).Where(entry => entry.value is "'infinity'" or "'-infinity'" or "'294276-12-31 23:59:59.999999+00'" or "'9999-12-31 23:59:59-05'"),
        ("cron", "'60 * * * *'"), ("cron", "' '"), ("cron", "'0 0 30 2 *'"), ("timezone", "NULL"), ("task", "NULL"), ("queue", "NULL"), ("queue", "'q q'"), ("queue", "''"), ("task", "E'\\n'"), ("catch_up", "'ALL'"), ("overlap", "NULL"),
        ("every_ms", "9223372036854775807"), ("every_ms", "0"), ("jitter_ms", "-1"), ("catch_up_limit", "2147483647"), ("expires_ms", "-9223372036854775808"), ("priority", "32767"), ("arguments", "NULL"),
    ];

    private static readonly string[] Refusals = ["refuses move", "refuses at commit", "refuses ticks", "refuses due"];

    /// <summary>Each column at each of its ends, one in a row, and each way of refusing.</summary>
    public static IReadOnlyList<OddRow> Each() =>
    [
        .. Ends.SelectMany(entry => entry.Value, (entry, value) => (Column: entry.Key, Value: value))
            .Select((entry, n) => new OddRow(Named(entry.Column, n), new Dictionary<string, string>(StringComparer.Ordinal) { [entry.Column] = entry.Value }, Unusable.Contains(entry))),
        .. Refusals.SelectMany(_ => Enumerable.Range(0, 5), (refusal, n) => Refused(refusal, n)),
        .. Texts.Where(text => text != "''").Select((text, n) => new OddRow($"{text} || 'name {n}'", new Dictionary<string, string>(StringComparer.Ordinal), false)),
    ];

    /// <summary>Rows with up to four odd columns, the same for the same seed.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Where the draws begin.</param>
    /// <param name="leastEvery">
    /// Shortest interval in milliseconds of those that can be used; null leaves them as they are. Thousands that tick each second ask for
    /// more ticks than beat promises: that is load, and not odd.
    /// </param>
    public static IEnumerable<OddRow> Mixed(int count, int seed, string? leastEvery = null)
    {
        var random = new Random(seed);
        string[] columns = [.. Ends.Keys];
        for (var n = 0; n < count; n++)
        {
            if (random.Next(20) == 0)
            {
                yield return Refused(Refusals[random.Next(Refusals.Length)], n + 1000);
                continue;
            }

            var odd = new Dictionary<string, string>(StringComparer.Ordinal);
            for (var more = random.Next(1, 5); more > 0; more--)
            {
                var column = columns[random.Next(columns.Length)];
                var ends = Ends[column];
                var end = ends[random.Next(ends.Length)];
                odd[column] = column == "every_ms" && end == Shortest ? leastEvery ?? end : end;
            }

            if (leastEvery is not null && !odd.ContainsKey("cron") && !odd.ContainsKey("once_at"))
            {
                odd.TryAdd("every_ms", leastEvery);
            }

            // One that somebody postponed is not looked at before its time.
            yield return new OddRow(Named("mixed", n), odd, !odd.ContainsKey("next_due") && odd.Any(IsUnusableInAnyRow));
        }
    }

    /// <summary>Statements that add ticks by hand for one schedule, each column at each of its ends.</summary>
    /// <param name="schedule">Its name.</param>
    public static IReadOnlyList<string> Ticks(string schedule)
    {
        var ends = new Dictionary<string, string[]>(StringComparer.Ordinal)
        {
            ["sent_at"] = Instants,
            ["check_at"] = ["'-infinity'", "'4714-11-24 00:00:00+00 BC'", "'0001-01-01 00:00:00+00'"],
            ["created_at"] = Instants,
            ["started_at"] = Instants,
            ["missed_since"] = Instants,
            ["resent"] = ["2147483647", "-2147483648"],
            ["missed_count"] = ["2147483647", "-1"],
            ["task_id"] = ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
            ["reason"] = ["repeat('x', 1000)", "E'\\n'"],
            ["outcome"] = Texts,
        };
        var n = 0;
        return
        [
            .. Instants.Select(nominal => $"INSERT INTO taskrunner.ticks (schedule_id, nominal) SELECT id, {nominal} FROM taskrunner.schedules WHERE name = '{schedule}' ON CONFLICT DO NOTHING;"),
            .. from entry in ends
               from value in entry.Value
               from state in new[] { "pending", "buffered", "sent" }
               select string.Create(CultureInfo.InvariantCulture, $"INSERT INTO taskrunner.ticks (schedule_id, nominal, state, {entry.Key}) SELECT id, now() - interval '{++n} milliseconds', '{state}', {value} FROM taskrunner.schedules WHERE name = '{schedule}';"),
        ];
    }

    private static bool IsUnusableInAnyRow(KeyValuePair<string, string> entry) =>
        Unusable.Contains((entry.Key, entry.Value)) && entry.Key is not "anchor_at" and not "cron" and not "every_ms" and not "once_at" and not "timezone";

    private static OddRow Refused(string how, int n) =>
        new(Named(how, n), new Dictionary<string, string>(StringComparer.Ordinal) { ["every_ms"] = "200" }, IsUnusable: true);

    private static string Named(string what, int n) => string.Create(CultureInfo.InvariantCulture, $"'{what} {n}'");
}
