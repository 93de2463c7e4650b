using FluentAssertions;
using TaskRunner.Worker;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class ResultPortionTests
{
    private const int Megabyte = 1024 * 1024;

    private readonly ResultPortion portion = new();

    [Fact]
    public void Small_results_are_soon_read_five_hundred_at_once()
    {
        for (var read = 0; read < 3; read++)
        {
            portion.Read(Records(portion.Next, 200));
        }

        portion.Next.Should().Be(500);
    }

    [Theory]
    [InlineData(Megabyte, 8)]
    [InlineData(20 * Megabyte, 1)]
    public void Large_results_are_read_so_that_they_fit_into_a_small_memory(int length, int atOnce)
    {
        portion.Read(Records(4, length));

        portion.Next.Should().Be(atOnce);
    }

    [Fact]
    public void After_failures_there_are_fewer_until_it_is_one_and_then_more_again()
    {
        portion.Read(Records(portion.Next, 200));
        portion.Failed();
        portion.Next.Should().Be(32);
        for (var failure = 0; failure < 3; failure++)
        {
            portion.Failed();
        }

        portion.Next.Should().Be(1);
        portion.Read(Records(1, 200));
        portion.Next.Should().Be(8);
    }

    [Fact]
    public void An_empty_list_says_nothing()
    {
        portion.Read([]);

        portion.Next.Should().Be(32);
    }

    private static List<byte[]> Records(int count, int length) => [.. Enumerable.Repeat(new byte[length], count)];
}
