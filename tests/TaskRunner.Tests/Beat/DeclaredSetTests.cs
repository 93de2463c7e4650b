using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>Which of several sets of declared schedules is in force.</summary>
[Collection(BeatPostgres.Name)]
public sealed class DeclaredSetTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Old_release_that_starts_again_leaves_the_newer_ones_schedules()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await using var postgres = new Postgres(bench.Options);
        var (old, young) = (Set("s0", "s1"), Set("s1", "s2"));
        await bench.Create("old", [.. old.Schedules]).RunOnceAsync(CancellationToken.None);
        var newer = bench.Create("new", [.. young.Schedules]);
        await newer.RunOnceAsync(CancellationToken.None);
        (await NamesAsync(bench)).Should().Be("s1 s2");

        await bench.Create("old, again", [.. old.Schedules]).RunOnceAsync(CancellationToken.None);

        (await NamesAsync(bench)).Should().Be("s1 s2");
        bench.Log.Lines.Should().ContainSingle(line => line == "Warning: The declared schedules are not applied: those of beat new (1.2.3) are newer and stay in force");
    }

    [Fact]
    public async Task Release_that_is_rolled_back_applies_its_schedules_once_the_newer_beats_are_gone()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        var (old, young) = (Set("s0", "s1"), Set("s1", "s2"));
        await bench.Create("old", [.. old.Schedules]).RunOnceAsync(CancellationToken.None);
        await bench.Create("new", [.. young.Schedules]).RunOnceAsync(CancellationToken.None);
        await bench.ExecuteAsync("UPDATE taskrunner.beats SET seen_at = now() - interval '2 minutes' WHERE name = 'new'");

        await bench.Create("rolled back", [.. old.Schedules]).RunOnceAsync(CancellationToken.None);

        (await NamesAsync(bench)).Should().Be("s0 s1");
    }

    [Fact]
    public async Task Higher_version_is_in_force_whoever_starts_last()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await using var postgres = new Postgres(bench.Options);
        var sync = new ScheduleSync(postgres);
        await sync.ApplyAsync(Set("a") with { Version = 7, Program = "seventh" }, CancellationToken.None);

        var lower = await sync.ApplyAsync(Set("b") with { Version = 6 }, CancellationToken.None);
        var higher = await sync.ApplyAsync(Set("c") with { Version = 8 }, CancellationToken.None);
        var back = await sync.ApplyAsync(Set("a") with { Version = 9 }, CancellationToken.None);

        (lower.YieldsTo, higher.YieldsTo, back.YieldsTo).Should().Be(("seventh", null, null));
        (await NamesAsync(bench)).Should().Be("a");
    }

    [Fact]
    public async Task Two_sources_keep_apart_and_a_name_of_both_is_a_mistake()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await using var postgres = new Postgres(bench.Options);
        var sync = new ScheduleSync(postgres);
        await sync.ApplyAsync(Set("a") with { Source = "one" }, CancellationToken.None);

        await sync.ApplyAsync(Set("b") with { Source = "two" }, CancellationToken.None);
        (await NamesAsync(bench)).Should().Be("a b");
        var clash = () => sync.ApplyAsync(Set("a", "b") with { Source = "two" }, CancellationToken.None);

        await clash.Should().ThrowAsync<ScheduleFileException>().WithMessage("*schedules.a: *declared elsewhere*");
        (await sync.ApplyAsync(Set() with { Source = "one" }, CancellationToken.None)).Removed.Should().Equal("a");
        (await NamesAsync(bench)).Should().Be("b");
    }

    [Fact]
    public async Task Beat_that_runs_goes_on_when_its_schedules_cannot_come_back()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync("INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('other', 3600000, 't')");
        var old = bench.Create(new BeatOptions { Name = "old", CountInterval = TimeSpan.Zero, ShowInterval = TimeSpan.Zero, HandOver = TimeSpan.Zero, Declared = Set("s0").Schedules });
        await old.RunOnceAsync(CancellationToken.None);
        await bench.Create("new", [.. Set("s1").Schedules]).RunOnceAsync(CancellationToken.None);
        await old.RunOnceAsync(CancellationToken.None);
        await bench.ExecuteAsync("INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('s0', 3600000, 't'); UPDATE taskrunner.beats SET seen_at = now() - interval '2 minutes' WHERE name = 'new'");

        await Eventually.TrueAsync(async () =>
        {
            await old.RunOnceAsync(CancellationToken.None);
            return bench.Log.Lines.Any(line => line.Contains("cannot come back in the place of those of new", StringComparison.Ordinal));
        });

        (await NamesAsync(bench)).Should().Be("other s0 s1");
    }

    private static DeclaredSet Set(params string[] names) =>
        new([.. names.Select(name => new ScheduleDeclaration { Name = name, Timing = new() { Every = TimeSpan.FromHours(1) }, Task = "t", Queue = "q", Priority = 5 })]);

    private static Task<object?> NamesAsync(BeatBench bench) => bench.ExecuteAsync("SELECT string_agg(name, ' ' ORDER BY name) FROM taskrunner.schedules");
}
