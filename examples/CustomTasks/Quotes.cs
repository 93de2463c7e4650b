using TaskRunner;

namespace CustomTasks;

public sealed record QuoteRequest(string Metal, decimal Grams);

public sealed record Quote(string Metal, decimal Grams, decimal Price, string Currency, DateTimeOffset At);

/// <summary>Prices metal. A service as any other: its dependencies come from <c>app.Services</c>, one instance an attempt.</summary>
public sealed class Quotes(TimeProvider time)
{
    public async Task<Quote> MakeAsync(QuoteRequest request, CancellationToken stopping)
    {
        if (request.Grams <= 0)
        {
            throw new PermanentFailureException($"grams is {request.Grams}: it must be more than zero.");
        }

        var price = await PricePerGramAsync(request.Metal, stopping);
        return new Quote(request.Metal, request.Grams, decimal.Round(price * request.Grams, 2), "EUR", time.GetUtcNow());
    }

    private async Task<decimal> PricePerGramAsync(string metal, CancellationToken stopping)
    {
        // Stands for a call to another system: it takes a while, and it ends when the token says so.
        await Task.Delay(TimeSpan.FromMilliseconds(200), time, stopping);
        return metal switch
        {
            "gold" => 70.10m,
            "silver" => 0.85m,

            // Another attempt would fail too: no retry, straight to the dead set.
            _ => throw new PermanentFailureException($"There is no price for '{metal}': known are gold and silver."),
        };
    }
}
