using System.Diagnostics.CodeAnalysis;

namespace ChartTests.Rendering;

/// <summary>
/// Gathers what tests that run at the same time want rendered: while helm renders for some, the requests of the others wait and make up
/// the next batch.
/// </summary>
internal sealed class RenderQueue(BatchRenderer renderer)
{
    private const int MaxBatch = 64;

    /// <summary>Helm takes an eighth of a second to start and half of that for each set of values: fewer than this wait a moment for more.</summary>
    private const int Few = 20;

    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(150);

    private readonly object gate = new();
    private readonly List<Waiting> queue = [];
    private int running;

    /// <summary>Waits for the result of one request.</summary>
    /// <exception cref="HelmException">Helm refuses the values.</exception>
    public RenderedFiles Render(RenderRequest request) => RenderAll([request])[0]();

    /// <summary>Waits for the results of many requests; each is returned or thrown when it is asked for.</summary>
    public IReadOnlyList<Func<RenderedFiles>> RenderAll(IReadOnlyCollection<RenderRequest> requests)
    {
        var mine = requests.Select(request => new Waiting(request, new())).ToList();
        lock (gate)
        {
            queue.AddRange(mine);
            if (queue.Count >= Few)
            {
                Monitor.PulseAll(gate);
            }

            for (; running < Math.Min(Environment.ProcessorCount, queue.Count); running++)
            {
                _ = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
        }

        return [.. mine.Select(waiting => waiting.Outcome.Task.GetAwaiter().GetResult())];
    }

    private void Work()
    {
        while (Take() is { Count: > 0 } batch)
        {
            Render(batch);
        }
    }

    private List<Waiting> Take()
    {
        lock (gate)
        {
            if (queue.Count is > 0 and < Few)
            {
                Monitor.Wait(gate, Moment);
            }

            if (queue.Count == 0)
            {
                running--;
                return [];
            }

            var environment = queue[0].Request.Options.Environment;
            var batch = queue.Where(waiting => waiting.Request.Options.Environment.SequenceEqual(environment)).Take(MaxBatch).ToList();
            queue.RemoveAll(batch.Contains);
            return batch;
        }
    }

    /// <summary>The schema names the cases that it refuses; where helm does not, the batch is halved until the culprits are alone.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whoever waits is told, whatever went wrong.")]
    private void Render(List<Waiting> batch)
    {
        try
        {
            var results = renderer.Render([.. batch.Select(waiting => waiting.Request)]);
            for (var i = 0; i < batch.Count; i++)
            {
                var result = results[i];
                batch[i].Outcome.SetResult(() => result.Refusal is { } refusal ? throw new HelmException("helm template", 1, refusal) : result);
            }
        }
        catch (HelmException e) when (BatchRenderer.Named(e.Output) is { Count: > 0 } named)
        {
            foreach (var index in named)
            {
                batch[index].Outcome.SetResult(() => throw new HelmException("helm template", 1, BatchRenderer.About(index, e.Output)));
            }

            var rest = batch.Where((_, index) => !named.Contains(index)).ToList();
            if (rest.Count > 0)
            {
                Render(rest);
            }
        }
        catch (Exception) when (batch.Count > 1)
        {
            Render(batch[..(batch.Count / 2)]);
            Render(batch[(batch.Count / 2)..]);
        }
        catch (Exception e)
        {
            batch[0].Outcome.SetResult(() => throw e);
        }
    }

    private sealed record Waiting(RenderRequest Request, TaskCompletionSource<Func<RenderedFiles>> Outcome);
}
