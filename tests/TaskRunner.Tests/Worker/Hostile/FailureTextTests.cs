using System.Reflection;
using FluentAssertions;
using Xunit;

namespace TaskRunner.Tests.Worker.Hostile;

/// <summary>What is kept of an exception: all that is inside, within bounds, whatever its properties do.</summary>
public sealed class FailureTextTests
{
    public static TheoryData<Exception, string> Chains => new()
    {
        { new InvalidOperationException("outer"), "InvalidOperationException: outer" },
        { new InvalidOperationException("see inside", new TimeoutException("lock wait")), "InvalidOperationException: see inside ---> TimeoutException: lock wait" },
        { new InvalidOperationException("failed: lock wait", new TimeoutException("lock wait")), "InvalidOperationException: failed: lock wait" },
        { new AggregateException(new TimeoutException("lock wait")), "TimeoutException: lock wait" },
        { new AggregateException(new AggregateException(new PermanentFailureException("no such customer"))), "no such customer" },
        { new TargetInvocationException(new ArgumentException("bad")), "ArgumentException: bad" },
        { new AggregateException("import", new ArgumentException("a"), new TimeoutException("b")), "AggregateException: import ---> ArgumentException: a ---> TimeoutException: b" },
        { new TimeoutException("limit", new OperationCanceledException("stopped")), "TimeoutException: limit" },
        { new PermanentFailureException("bad row", new FormatException("row 7")), "bad row ---> FormatException: row 7" },
        { new InvalidOperationException(""), "InvalidOperationException" },
    };

    [Theory]
    [MemberData(nameof(Chains))]
    public void Error_tells_each_exception_of_the_chain_once(Exception thrown, string error) => FailureText.Of(thrown).Error.Should().Be(error);

    [Fact]
    public void Stack_shows_where_the_inner_exception_was_thrown_too()
    {
        var failure = FailureText.Of(Caught(() => ThrowOuter()));

        failure.Stack.Should().Contain(nameof(ThrowOuter)).And.Contain(nameof(ThrowInner));
        failure.Logged.Should().BeOfType<InvalidOperationException>("what can be described is logged as it is");
    }

    [Fact]
    public void Everything_that_can_be_thrown_is_described_within_bounds_and_can_be_logged()
    {
        foreach (var (what, make) in HostileThing.All)
        {
            var failure = FailureText.Of(make());

            failure.Error.Should().NotBeNullOrEmpty(what);
            failure.Error.Length.Should().BeLessThanOrEqualTo(Failure.LongestError, what);
            (failure.Stack?.Length ?? 0).Should().BeLessThanOrEqualTo(Failure.LongestStack, what);
            failure.Error.Should().NotContain("\0", what);
            System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(failure.Error)).Should().Be(failure.Error, what);
        }
    }

    [Fact]
    public void Sentence_behind_an_error_stays_within_the_bound()
    {
        var failure = new Failure(new string('e', Failure.LongestError)).With("(Not tried again.)");

        failure.Error.Should().HaveLength(Failure.LongestError).And.EndWith("... (Not tried again.)");
    }

    private static void ThrowOuter()
    {
        try
        {
            ThrowInner();
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException("outer", e);
        }
    }

    private static void ThrowInner() => throw new TimeoutException("inner");

    private static Exception Caught(Action act)
    {
        try
        {
            act();
        }
#pragma warning disable CA1031 // It is what the test looks at.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return e;
        }

        throw new InvalidOperationException("nothing was thrown");
    }
}
