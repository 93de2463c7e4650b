using FluentAssertions;
using TaskRunner.Beat;
using Xunit;

namespace TaskRunner.Tests.Beat;

public sealed class NameBasedGuidTests
{
    [Theory]
    [InlineData("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2")]
    [InlineData("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "python.org", "886313e1-3b8a-5372-9b90-0c9aee199e5d")]
    public void Uuid_is_that_of_the_standard(string scope, string name, string uuid)
    {
        NameBasedGuid.Create(Guid.Parse(scope), name).Should().Be(Guid.Parse(uuid));
    }
}
