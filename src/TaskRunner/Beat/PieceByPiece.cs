using Npgsql;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>
/// Does work on rows together, and on pieces of them where the database refuses, until the refused row is alone. The next call
/// begins with pieces of the size that was reached.
/// </summary>
/// <param name="largest">Most rows in a piece.</param>
/// <param name="time">Clock for the patience.</param>
internal sealed class PieceByPiece(int largest, TimeProvider time)
{
    private const int Pieces = 8;

    private int? narrow;

    /// <summary>Whether it works on pieces of the full size: nothing was refused lately.</summary>
    public bool IsWide => narrow is null;

    /// <summary>From the next call on it begins with smaller pieces.</summary>
    public void Narrow() => narrow = Math.Max(1, Size / Pieces);

    private int Size => narrow ?? largest;

    /// <summary>Works on rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="workAsync">Works on some of them, each time in a transaction of its own.</param>
    /// <param name="refused">Is told of a row that is refused on its own.</param>
    /// <param name="patience">After this time no further piece is begun.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>Whether it came to the end of the rows.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public async Task<bool> RunAsync<T>(
        IReadOnlyList<T> rows, Func<T[], Task> workAsync, Action<T, Exception> refused, TimeSpan patience, CancellationToken stopping)
    {
        var began = time.GetTimestamp();
        var isClean = true;
        var left = new Stack<T[]>(rows.Chunk(Size).Reverse());
        while (left.TryPop(out var piece))
        {
            try
            {
                await workAsync(piece);
            }
            catch (Exception e) when (RowFault.IsPassing(e) && !stopping.IsCancellationRequested)
            {
                // Somebody holds what is needed; the rows come again.
                return false;
            }
            catch (Exception e) when (RowFault.IsPossible(e) && !stopping.IsCancellationRequested)
            {
                isClean = false;
                if (piece.Length == 1)
                {
                    refused(piece[0], e);
                }
                else
                {
                    narrow = (piece.Length + Pieces - 1) / Pieces;
                    Split(piece, left);
                    if (IsSilence(e))
                    {
                        throw;
                    }
                }
            }

            if (left.Count > 0 && time.GetElapsedTime(began) > patience)
            {
                return false;
            }
        }

        narrow = !isClean ? narrow : Size * Pieces >= largest ? null : Size * Pieces;
        return true;
    }

    private void Split<T>(T[] piece, Stack<T[]> left)
    {
        foreach (var part in piece.Chunk(Size).Reverse())
        {
            left.Push(part);
        }
    }

    // It may be a row, and it may be the server: the log is to tell of it, and the loop to pause.
    private static bool IsSilence(Exception e) => e is DatabaseUnavailableException { InnerException: not PostgresException };
}
