using FluentAssertions;
using Xunit;

namespace TaskRunner.Tests.Worker;

public sealed class RetryRuleTests
{
    private static readonly Random AnyRandom = new(1);

    [Fact]
    public void Exception_without_a_rule_follows_the_task()
    {
        var definition = Define(task => task.Retry(2, Backoff.Fixed(TimeSpan.FromSeconds(7))).RetryOn<TimeoutException>(9));

        definition.WaitAfter(new InvalidOperationException(), 2, AnyRandom).Should().Be(TimeSpan.FromSeconds(7));
        definition.WaitAfter(new InvalidOperationException(), 3, AnyRandom).Should().BeNull();
    }

    [Fact]
    public void Rule_of_a_base_type_holds_for_derived_exceptions()
    {
        var definition = Define(task => task.Retry(0).RetryOn<IOException>(4, Backoff.Fixed(TimeSpan.FromSeconds(3))));

        definition.WaitAfter(new FileNotFoundException(), 4, AnyRandom).Should().Be(TimeSpan.FromSeconds(3));
        definition.WaitAfter(new FileNotFoundException(), 5, AnyRandom).Should().BeNull();
        definition.WaitAfter(new ArgumentException("other"), 1, AnyRandom).Should().BeNull();
    }

    [Fact]
    public void First_rule_that_fits_decides()
    {
        var definition = Define(task => task.Retry(5, Backoff.Fixed(TimeSpan.FromSeconds(1))).DoNotRetry<FileNotFoundException>().RetryOn<IOException>(backoff: Backoff.Fixed(TimeSpan.FromSeconds(2))));

        definition.WaitAfter(new FileNotFoundException(), 1, AnyRandom).Should().BeNull();
        definition.WaitAfter(new EndOfStreamException(), 5, AnyRandom).Should().Be(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Permanent_failure_is_never_tried_again()
    {
        var definition = Define(task => task.RetryOn<PermanentFailureException>(5));

        definition.WaitAfter(new PermanentFailureException("gone"), 1, AnyRandom).Should().BeNull();
    }

    [Fact]
    public void Limits_out_of_range_are_refused()
    {
        FluentActions.Invoking(() => Define(task => task.RetryOn<IOException>(-1))).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Define(task => task.TimeLimit(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)))).Should().Throw<ArgumentOutOfRangeException>();
    }

    public static TheoryData<Func<Exception, Exception>> Wrappers => new()
    {
        e => new AggregateException(e),
        e => new AggregateException(new AggregateException(e)),
        e => new System.Reflection.TargetInvocationException(e),
        e => new AggregateException(new System.Reflection.TargetInvocationException(e)),
    };

    [Theory]
    [MemberData(nameof(Wrappers))]
    public void Rules_see_what_a_wrapper_carries(Func<Exception, Exception> wrap)
    {
        var definition = new TaskDefinition("any", static (_, _) => Task.FromResult<string?>(null)) { Retries = 5, Backoff = Backoff.Fixed(TimeSpan.FromSeconds(7)) };
        new TaskBuilder(definition).DoNotRetry<ArgumentException>().RetryOn<IOException>(9, Backoff.Fixed(TimeSpan.FromSeconds(3)));

        definition.WaitAfter(wrap(new ArgumentNullException(nameof(wrap))), 1, AnyRandom).Should().BeNull();
        definition.WaitAfter(wrap(new FileNotFoundException()), 9, AnyRandom).Should().Be(TimeSpan.FromSeconds(3));
        definition.WaitAfter(wrap(new PermanentFailureException("gone")), 1, AnyRandom).Should().BeNull();
        definition.WaitAfter(wrap(new TimeoutException()), 1, AnyRandom).Should().Be(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void Rules_see_nothing_inside_an_exception_of_several_or_one_that_is_no_wrapper()
    {
        var definition = new TaskDefinition("any", static (_, _) => Task.FromResult<string?>(null)) { Retries = 5, Backoff = Backoff.Fixed(TimeSpan.FromSeconds(7)) };
        new TaskBuilder(definition).DoNotRetry<ArgumentException>();

        definition.WaitAfter(new AggregateException(new ArgumentException("a"), new ArgumentException("b")), 1, AnyRandom).Should().NotBeNull();
        definition.WaitAfter(new InvalidOperationException("outer", new ArgumentException("a")), 1, AnyRandom).Should().NotBeNull();
    }

    private static TaskDefinition Define(Action<TaskBuilder> change)
    {
        var definition = new TaskDefinition("any", static (_, _) => Task.FromResult<string?>(null));
        change(new TaskBuilder(definition));
        return definition;
    }
}
