using FluentAssertions;
using Microsoft.Extensions.Logging;
using TaskRunner.Tests.Observability;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>What was fetched is settled or alive, or the worker says that it is not.</summary>
public sealed class AttemptLedgerTests
{
    private readonly ManualTime time = new();
    private readonly CapturingLogger log = new();
    private readonly AttemptLedger ledger;

    public AttemptLedgerTests()
    {
        time.Advance(TimeSpan.FromHours(1));
        ledger = new AttemptLedger(4, time, log);
    }

    [Fact]
    public void Attempt_is_accounted_for_from_its_fetch_to_its_settlement()
    {
        ledger.Balance();
        ledger.Unaccounted.Should().Be(0);

        ledger.NoteOver(holdsThread: false);
        ledger.NoteSettled();
        ledger.Balance();

        ledger.Unaccounted.Should().Be(0);
        ledger.Trouble.Should().BeNull();
    }

    [Fact]
    public void Attempt_that_is_neither_settled_nor_alive_for_30_s_is_told_once_and_asks_for_a_restart()
    {
        ledger.NoteOver(holdsThread: false);
        ledger.Balance();
        time.Advance(TimeSpan.FromSeconds(29));
        ledger.Balance();
        ledger.Trouble.Should().BeNull();
        ledger.Unaccounted.Should().Be(1);

        for (var second = 0; second < 5; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            ledger.Balance();
        }

        ledger.Trouble.Should().Be("for 34 s 1 attempts are neither settled nor alive: their slots are lost");
        log.Of(LogLevel.Critical).Should().ContainSingle();
    }

    [Fact]
    public void Difference_that_is_gone_at_any_look_was_none()
    {
        ledger.NoteOver(holdsThread: false);
        ledger.Balance();
        time.Advance(TimeSpan.FromSeconds(25));
        ledger.NoteSettled();
        ledger.Balance();
        ledger.NoteOver(holdsThread: false);
        ledger.Balance();
        time.Advance(TimeSpan.FromSeconds(25));
        ledger.Balance();

        ledger.Trouble.Should().BeNull();
    }

    [Fact]
    public void As_many_settled_attempts_as_slots_that_do_not_leave_their_thread_ask_for_a_restart()
    {
        for (var i = 0; i < 4; i++)
        {
            ledger.NoteOver(holdsThread: true);
            ledger.NoteSettled();
        }

        ledger.Balance();
        ledger.Trouble.Should().BeNull();
        time.Advance(ledger.Patience);
        ledger.Balance();
        ledger.Trouble.Should().StartWith("4 attempts are settled and still hold a thread");

        ledger.NoteLeft();
        ledger.Balance();
        ledger.Trouble.Should().BeNull();
    }
}
