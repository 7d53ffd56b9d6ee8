using System.Collections.Immutable;
using Postern.Policy.Dns;
using Postern.Resolver.Dns;
using Postern.Roles.Resolver;
using Xunit;

namespace Postern.Roles.Tests;

public sealed class CanaryWatchTests
{
    private sealed class FalseSource : IDnsSource
    {
        public string? Wrong { get; set; }

        public ImmutableArray<DnsReply> Look(ImmutableArray<DnsQuestion> questions) => [];

        public string? Canary() => Wrong;
    }

    [Fact]
    public void DNSSEC_that_fails_is_said_once_and_that_it_is_back_too()
    {
        List<string> said = [];
        var source = new FalseSource();
        var watch = new CanaryWatch(source, said.Add);
        Assert.Equal(CanaryWatch.Pause, watch.Look());
        Assert.Empty(said);
        source.Wrong = "the clock is wrong";
        Assert.Equal(CanaryWatch.ShortPause, watch.Look());
        Assert.Equal(CanaryWatch.ShortPause, watch.Look());
        Assert.Equal(["DNSSEC does not work here, and so there is no DANE: the clock is wrong"], said);
        source.Wrong = null;
        Assert.Equal(CanaryWatch.Pause, watch.Look());
        Assert.Equal("DNSSEC works here again", said[^1]);
        Assert.Equal(2, said.Count);
    }
}
