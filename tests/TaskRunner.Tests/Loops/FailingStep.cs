using TaskRunner.Loops;

namespace TaskRunner.Tests.Loops;

/// <summary>Throws in the place of steps of loops; remembers which steps were taken.</summary>
internal sealed class FailingStep
{
    private readonly HashSet<(string Loop, string Step)> seen = [];
    private readonly Lock gate = new();
    private Func<string, string, bool> fails = (_, _) => false;
    private bool once;

    public LoopSupervisor Supervisor { get; private set; } = null!;

    public IReadOnlyCollection<(string Loop, string Step)> Seen
    {
        get
        {
            lock (gate)
            {
                return [.. seen];
            }
        }
    }

    public void Watch(LoopSupervisor supervisor)
    {
        Supervisor = supervisor;
        supervisor.Stepping = Step;
    }

    /// <summary>The first step for which this holds throws, and no other.</summary>
    public void Once(Func<string, string, bool> which) => Set(which, once: true);

    /// <summary>Every step for which this holds throws.</summary>
    public void Always(Func<string, string, bool> which) => Set(which, once: false);

    public void Never() => Set((_, _) => false, once: false);

    public long Failures(string loop) => Supervisor.Failures.GetValueOrDefault(loop);

    private void Set(Func<string, string, bool> which, bool once)
    {
        lock (gate)
        {
            (fails, this.once) = (which, once);
        }
    }

    private void Step(string loop, string step)
    {
        lock (gate)
        {
            seen.Add((loop, step));
            if (!fails(loop, step))
            {
                return;
            }

            if (once)
            {
                fails = (_, _) => false;
            }
        }

        throw new UnexpectedException($"thrown in the place of {loop}/{step}");
    }
}

/// <summary>An exception that no code knows.</summary>
public sealed class UnexpectedException(string message) : Exception(message);
