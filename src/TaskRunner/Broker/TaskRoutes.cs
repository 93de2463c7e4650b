using System.Globalization;

namespace TaskRunner.Broker;

/// <summary>Routes by the name of the task, in order: the first pattern that covers a name decides.</summary>
/// <remarks>
/// What a caller says wins over a route, a route over what the program maps the task to, and that over the queue <c>default</c> and priority 5.
/// </remarks>
public sealed class TaskRoutes(IReadOnlyList<TaskRoute> routes)
{
    private const string DefaultQueue = "default";

    private const int DefaultPriority = 5;

    /// <summary>No routes at all.</summary>
    public static TaskRoutes None { get; } = new([]);

    /// <summary>The routes in their order.</summary>
    public IReadOnlyList<TaskRoute> All => routes;

    /// <summary>Reads routes <c>PATTERN=QUEUE[:PRIORITY]</c>, separated by commas or line breaks; spaces around them do not count.</summary>
    /// <exception cref="FormatException">Some routes have mistakes: one sentence for each, on lines of their own, with the number of the route.</exception>
    public static TaskRoutes Parse(string text)
    {
        var mistakes = new List<string>();
        var routes = new List<TaskRoute>();
        var entries = text.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < entries.Length; i++)
        {
            if (Read(entries[i], out var route) is { } mistake)
            {
                mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"route {i + 1} is '{entries[i]}': {mistake}."));
            }
            else if (routes.Exists(known => known.Pattern == route!.Pattern))
            {
                mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"route {i + 1} is '{entries[i]}': an earlier route has the same pattern."));
            }
            else
            {
                routes.Add(route!);
            }
        }

        return mistakes.Count == 0 ? new TaskRoutes(routes) : throw new FormatException(string.Join('\n', mistakes));
    }

    /// <summary>The first route whose pattern covers a task name; null when none does.</summary>
    public TaskRoute? Find(string task) => routes.FirstOrDefault(route => route.Covers(task));

    /// <summary>Decides queue and priority of a task.</summary>
    /// <param name="task">Name of the task.</param>
    /// <param name="queue">Queue that the caller asks for; null for none.</param>
    /// <param name="priority">Priority that the caller asks for; null for none.</param>
    /// <param name="mappedQueue">Queue that the program maps the task to; null when it does not know the task.</param>
    /// <param name="mappedPriority">Priority that the program maps the task to; null when it does not know the task.</param>
    public (string Queue, int Priority) Resolve(string task, string? queue, int? priority, string? mappedQueue = null, int? mappedPriority = null)
    {
        var route = queue is null || priority is null ? Find(task) : null;
        return (queue ?? route?.Queue ?? mappedQueue ?? DefaultQueue, priority ?? route?.Priority ?? mappedPriority ?? DefaultPriority);
    }

    // Null when it is well; the route is set then.
    private static string? Read(string entry, out TaskRoute? route)
    {
        route = null;
        var equals = entry.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return "expected PATTERN=QUEUE or PATTERN=QUEUE:PRIORITY, for example apps.backups.tasks.*=backups:9";
        }

        var (pattern, target) = (entry[..equals].TrimEnd(), entry[(equals + 1)..].TrimStart());
        var colon = target.IndexOf(':', StringComparison.Ordinal);
        var queue = colon < 0 ? target : target[..colon];
        int? priority = null;
        if (pattern.Length is 0 or > 200 || pattern.Any(char.IsWhiteSpace))
        {
            return "a pattern has 1 to 200 characters without spaces";
        }

        if (!QueueName.IsValid(queue))
        {
            return $"'{queue}' is no queue: {QueueName.Rule}";
        }

        if (colon >= 0)
        {
            var text = target[(colon + 1)..];
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 9)
            {
                return $"the priority '{text}' is no whole number from 0 (lowest) to 9 (highest)";
            }

            priority = number;
        }

        route = new TaskRoute(pattern, queue, priority);
        return null;
    }
}
