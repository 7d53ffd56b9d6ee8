using System.Collections.Immutable;
using System.Net;
using Postern.Configuration.Discovery;
using Postern.Interop.LibC;

namespace Postern.Configuration.Tests;

/// <summary>A resolver that knows what a test has told it; of every other name it says that there is none.</summary>
internal sealed class Zone : IResolver
{
    private readonly Dictionary<string, SrvReply> _services = [];
    private readonly Dictionary<string, ImmutableArray<IPAddress>> _hosts = [];

    /// <summary>Every name that was asked for, in turn.</summary>
    public List<string> Asked { get; } = [];

    public Zone Service(string name, params SrvRecord[] records)
    {
        _services[name] = new SrvReply(QueryOutcome.Answered, [.. records]);
        return this;
    }

    public Zone Fails(string name, QueryOutcome outcome)
    {
        _services[name] = SrvReply.Failed(outcome);
        return this;
    }

    public Zone Host(string name, params string[] addresses)
    {
        _hosts[name] = [.. addresses.Select(IPAddress.Parse)];
        return this;
    }

    public SrvReply Services(string name)
    {
        Asked.Add(name);
        return _services.GetValueOrDefault(name, SrvReply.Failed(QueryOutcome.NoSuchName));
    }

    public ImmutableArray<IPAddress> Addresses(string host, out string wrong)
    {
        Asked.Add(host);
        wrong = _hosts.ContainsKey(host) ? "" : "it does not exist or has no address";
        return _hosts.GetValueOrDefault(host, []);
    }
}
