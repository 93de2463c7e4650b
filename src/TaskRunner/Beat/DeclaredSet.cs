using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using TaskRunner.Database;

namespace TaskRunner.Beat;

/// <summary>The declared schedules of one source: a file, or a program that has them in itself.</summary>
/// <param name="Schedules">The schedules.</param>
internal sealed record DeclaredSet(IReadOnlyList<ScheduleDeclaration> Schedules)
{
    /// <summary>Names the set in force of the same source when it is not this one. $1 source, $2 fingerprint.</summary>
    internal const string Other = $"""
        SELECT program FROM taskrunner.declared_sets WHERE namespace = {Installation.Here} AND source = $1 AND in_force AND fingerprint <> $2
        """;

    /// <summary>
    /// Names the set in force when this one has to leave it there: its version is higher; or, the versions being the same, it has replaced this one before and beats
    /// that have it are alive. $1 source, $2 fingerprint, $3 version.
    /// </summary>
    internal const string Stronger = $"""
        SELECT other.program
          FROM taskrunner.declared_sets AS other
         WHERE other.namespace = {Installation.Here} AND other.source = $1 AND other.in_force AND other.fingerprint <> $2
           AND (other.version > $3
                OR other.version = $3
                   AND EXISTS (SELECT FROM taskrunner.declared_sets AS old WHERE old.namespace = {Installation.Here} AND old.source = $1 AND old.fingerprint = $2)
                   AND EXISTS (SELECT FROM taskrunner.beats WHERE namespace = {Installation.Here} AND declares = other.fingerprint AND seen_at > now() - interval '60 seconds'))
        """;

    internal const string Retire = $"""
        UPDATE taskrunner.declared_sets SET in_force = false WHERE namespace = {Installation.Here} AND source = $1 AND fingerprint <> $2 AND $3::bigint IS NOT NULL AND $4::text IS NOT NULL
        """;

    internal const string Enforce = $"""
        INSERT INTO taskrunner.declared_sets AS kept (namespace, source, fingerprint, version, in_force, program) VALUES ({Installation.Here}, $1, $2, $3, true, $4)
        ON CONFLICT (namespace, source, fingerprint) DO UPDATE SET in_force = true, version = greatest(kept.version, excluded.version), applied_at = now(), program = excluded.program
        """;

    /// <summary>Which file or program declares them: sets of different sources leave each other alone.</summary>
    public string Source { get; init; } = "";

    /// <summary>Of two sets of a source the one with the higher version is in force; 0 when versions are not given.</summary>
    public long Version { get; init; }

    /// <summary>Who has it, for messages: name and version of a program.</summary>
    public string Program { get; init; } = "";

    /// <summary>The same for the same schedules, in whatever order.</summary>
    public string Fingerprint { get; } = Hash(Schedules);

    private static string Hash(IReadOnlyList<ScheduleDeclaration> schedules)
    {
        var all = new JsonObject();
        foreach (var schedule in schedules.OrderBy(schedule => schedule.Name, StringComparer.Ordinal))
        {
            all[schedule.Name] = ScheduleEntryWriter.Write(schedule);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToJsonString())))[..32];
    }
}
