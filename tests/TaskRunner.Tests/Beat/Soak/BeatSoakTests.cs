using System.Globalization;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.Tests.Beat.Soak;

/// <summary>Whole clusters of processes. Short by default; with a minute or more they want the host alone, and <c>make soak-beat</c> runs them for ten.</summary>
public sealed class BeatSoakTests(ITestOutputHelper output)
{
    private static readonly int Seconds = int.Parse(Environment.GetEnvironmentVariable("SOAK_SECONDS") ?? "12", CultureInfo.InvariantCulture);
    private static readonly bool IsLong = Seconds >= 60;

    [Fact]
    public async Task No_tick_is_lost_or_doubled_while_beats_connections_and_the_broker_are_killed()
    {
        await using var cluster = await BeatCluster.StartAsync(replicas: 3, hasNeighbour: true);
        var ledger = new BeatLedger(cluster);
        await AddAsync(cluster, IsLong ? 300 : 60, "1000 * (1 + n % 5)");
        await AddAsync(cluster, IsLong ? 100 : 20, "1000 * (1 + n % 5)", BeatCluster.Neighbour);
        var calm = TimeSpan.FromSeconds(Math.Min(60, Seconds / 3));
        var start = await NowAsync(cluster);
        await UntilAsync(cluster, start + calm);

        var chaosStart = await NowAsync(cluster);
        using var end = new CancellationTokenSource();
        var chaos = new[]
        {
            RepeatAsync(cluster.KillOneAsync, TimeSpan.FromSeconds(IsLong ? 5 : 3), end.Token),
            RepeatAsync(cluster.CutOneAsync, TimeSpan.FromSeconds(2), end.Token),
            RepeatAsync(cluster.Redis.RestartAsync, TimeSpan.FromSeconds(IsLong ? 60 : 5), end.Token),
        };
        await UntilAsync(cluster, chaosStart + TimeSpan.FromSeconds(Seconds) - calm);
        await end.CancelAsync();
        var events = await Task.WhenAll(chaos);
        var chaosEnd = await NowAsync(cluster);

        var ticks = await ledger.ShouldBalanceAsync(TimeSpan.FromSeconds(180));
        await ledger.ShouldBeApartAsync(installations: 2);
        var quiet = await ledger.LagAsync(start + TimeSpan.FromSeconds(2), chaosStart - TimeSpan.FromSeconds(1));
        var wild = await ledger.LagAsync(chaosStart, chaosEnd);
        output.WriteLine($"{ticks} ticks; {events[0]} beats killed, {events[1]} connections cut, {events[2]} restarts of Redis");
        output.WriteLine($"when calm, written: {quiet.Written}; sent: {quiet.Sent}");
        output.WriteLine($"in the chaos, written: {wild.Written}; sent: {wild.Sent}");
        output.WriteLine($"sent by another beat: {await cluster.CountAsync("SELECT count(*) FROM taskrunner.ticks WHERE sent_at > created_at + interval '500 milliseconds'")}, sent again: {await cluster.CountAsync("SELECT coalesce(sum(resent), 0) FROM taskrunner.ticks")}");
        quiet.Sent.Median.Should().BeLessThan(LongestLag(0.1), "nothing was killed then");
        cluster.Errors.Should().BeEmpty();
    }

    // Which of the two did the work no row tells: they are killed in turn, and after each death the other one does all of it.
    [Fact]
    public async Task Ticks_go_on_in_time_when_the_beat_dies_that_did_the_work()
    {
        await using var cluster = await BeatCluster.StartAsync(replicas: 2);
        var ledger = new BeatLedger(cluster);
        await AddAsync(cluster, 50, "500");
        await Eventually.TrueAsync(async () => await cluster.CountAsync("SELECT count(*) FROM taskrunner.ticks") >= 100);
        for (var round = 0; round < (IsLong ? 6 : 2); round++)
        {
            var death = await NowAsync(cluster);
            await cluster.KillAsync(round % 2);
            var later = string.Create(CultureInfo.InvariantCulture, $"'{death + TimeSpan.FromSeconds(2):O}'");
            await Eventually.TrueAsync(async () => await cluster.CountAsync($"SELECT count(*) FROM taskrunner.ticks WHERE nominal >= {later} AND sent_at IS NOT NULL") >= 50, TimeSpan.FromSeconds(60));

            var lag = await ledger.LagAsync(death - TimeSpan.FromSeconds(1), death + TimeSpan.FromSeconds(2));
            output.WriteLine($"around death {round + 1}, written: {lag.Written}; sent: {lag.Sent}");
            lag.Sent.Most.Should().BeLessThan(LongestLag(1), "the other beat takes over");
            await cluster.StartAgainAsync(round % 2);
        }

        await ledger.ShouldBalanceAsync(TimeSpan.FromSeconds(60));
    }

    // The short run shares its host with other tests, which may be slower by any factor; the long one has it alone.
    private static double LongestLag(double seconds) => IsLong ? seconds : 60;

    private static Task<object?> AddAsync(BeatCluster cluster, int count, string every, string inNamespace = "") => cluster.ExecuteAsync(
        $"INSERT INTO taskrunner.schedules (namespace, name, every_ms, task, catch_up, catch_up_limit) SELECT '{inNamespace}', 'soak-' || n, {every}, 'debug.echo', 'all', 1000 FROM generate_series(1, {count}) AS n");

    private static Task<DateTime> NowAsync(BeatCluster cluster) => cluster.ScalarAsync<DateTime>("SELECT now()");

    private static Task<DateTime> UntilAsync(BeatCluster cluster, DateTime instant) =>
        Eventually.ReturnsAsync(() => NowAsync(cluster), now => now >= instant, TimeSpan.FromSeconds(Seconds + 60), $"the clock to show {instant:O}");

    private static async Task<int> RepeatAsync(Func<Task> act, TimeSpan period, CancellationToken end)
    {
        using var timer = new PeriodicTimer(period, TimeProvider.System);
        var count = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                await act();
                count++;
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }

        return count;
    }
}
