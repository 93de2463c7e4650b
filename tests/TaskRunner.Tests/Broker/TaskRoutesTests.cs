using FluentAssertions;
using TaskRunner.Broker;
using Xunit;

namespace TaskRunner.Tests.Broker;

public sealed class TaskRoutesTests
{
    [Theory]
    [InlineData("apps.backups.tasks.*", "apps.backups.tasks.full", true)]
    [InlineData("apps.backups.tasks.*", "apps.backups.tasks.", true)]
    [InlineData("apps.backups.tasks.*", "apps.backups.tasks", false)]
    [InlineData("apps.backups.tasks.*", "apps_backups.tasks.full", false)]
    [InlineData("apps.backups.tasks.*", "Apps.backups.tasks.full", false)]
    [InlineData("*", "", true)]
    [InlineData("*", "anything", true)]
    [InlineData("*.full", "a.b.full", true)]
    [InlineData("*.full", "a.b.full.x", false)]
    [InlineData("a*b*c", "a-b-b-c", true)]
    [InlineData("a*b*c", "a-b-b", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("exact", "exact", true)]
    [InlineData("exact", "exactly", false)]
    [InlineData("a**", "a", true)]
    public void Pattern_covers_names(string pattern, string task, bool covers)
    {
        new TaskRoute(pattern, "q").Covers(task).Should().Be(covers);
    }

    [Fact]
    public void Routes_are_read_in_their_order()
    {
        var routes = TaskRoutes.Parse(" a.*=first:9 ,b.*=second\nc=third:0,\n");

        routes.All.Should().Equal(new TaskRoute("a.*", "first", 9), new TaskRoute("b.*", "second"), new TaskRoute("c", "third", 0));
    }

    [Fact]
    public void First_route_that_covers_a_name_decides()
    {
        var routes = TaskRoutes.Parse("a.b=exact:1,a.*=wide:2,*=rest:3");

        routes.Resolve("a.b", null, null).Should().Be(("exact", 1));
        routes.Resolve("a.c", null, null).Should().Be(("wide", 2));
        routes.Resolve("z", null, null).Should().Be(("rest", 3));
        TaskRoutes.Parse("a=q").Find("b").Should().BeNull();
    }

    [Fact]
    public void What_the_caller_says_wins_over_the_route_and_the_route_over_the_mapping()
    {
        var routes = TaskRoutes.Parse("a.*=routed:8,b.*=routed");

        routes.Resolve("a.x", "asked", 1, "mapped", 2).Should().Be(("asked", 1));
        routes.Resolve("a.x", "asked", null, "mapped", 2).Should().Be(("asked", 8));
        routes.Resolve("a.x", null, 1, "mapped", 2).Should().Be(("routed", 1));
        routes.Resolve("a.x", null, null, "mapped", 2).Should().Be(("routed", 8));
        routes.Resolve("b.x", null, null, "mapped", 2).Should().Be(("routed", 2));
        routes.Resolve("c.x", null, null, "mapped", 2).Should().Be(("mapped", 2));
        routes.Resolve("c.x", null, null).Should().Be(("default", 5));
    }

    [Theory]
    [InlineData("a.*", "route 1 is 'a.*': expected PATTERN=QUEUE or PATTERN=QUEUE:PRIORITY, for example apps.backups.tasks.*=backups:9.")]
    [InlineData("=q", "route 1 is '=q': a pattern has 1 to 200 characters without spaces.")]
    [InlineData("a b=q", "route 1 is 'a b=q': a pattern has 1 to 200 characters without spaces.")]
    [InlineData("a=", "route 1 is 'a=': '' is no queue: a queue name has 1 to 100 letters, digits, dots, dashes or underscores.")]
    [InlineData("a=q q", "route 1 is 'a=q q': 'q q' is no queue: a queue name has 1 to 100 letters, digits, dots, dashes or underscores.")]
    [InlineData("a=q:10", "route 1 is 'a=q:10': the priority '10' is no whole number from 0 (lowest) to 9 (highest).")]
    [InlineData("a=q:-1", "route 1 is 'a=q:-1': the priority '-1' is no whole number from 0 (lowest) to 9 (highest).")]
    [InlineData("a=q:", "route 1 is 'a=q:': the priority '' is no whole number from 0 (lowest) to 9 (highest).")]
    [InlineData("a=q,a=r", "route 2 is 'a=r': an earlier route has the same pattern.")]
    [InlineData("a,b=q,c=q:x", "route 1 is 'a': expected PATTERN=QUEUE or PATTERN=QUEUE:PRIORITY, for example apps.backups.tasks.*=backups:9.\nroute 3 is 'c=q:x': the priority 'x' is no whole number from 0 (lowest) to 9 (highest).")]
    public void Every_mistake_is_one_sentence_with_the_number_of_the_route(string text, string message)
    {
        var parse = () => TaskRoutes.Parse(text);

        parse.Should().Throw<FormatException>().Which.Message.Should().Be(message);
    }
}
