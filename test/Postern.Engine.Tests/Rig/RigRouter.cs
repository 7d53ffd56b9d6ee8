using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Postern.Engine.Loop;
using Postern.Engine.Outbound;
using Postern.Interop.LibC;
using Postern.Policy.Decision;
using Postern.Policy.Dns;

namespace Postern.Engine.Tests.Rig;

/// <summary>A resolver that answers what the test says, by the domain, in the loop's next turn; and keeps what it is told.</summary>
internal sealed class RigRouter : IRouter
{
    private readonly ConcurrentDictionary<string, RouteAnswer> _answers = new();
    private readonly HashSet<uint> _waiting = [];
    private uint _number;

    /// <summary>Set when the engine's thread is there.</summary>
    public Reactor Reactor { get; set; } = null!;

    public ConcurrentQueue<RouteQuestion> Asked { get; } = new();

    public ConcurrentQueue<HopResult> Told { get; } = new();

    /// <summary>How many questions were given up.</summary>
    public int GivenUp { get; private set; }

    /// <summary>No question is answered.</summary>
    public bool Silent { get; set; }

    public void Answer(string domain, params ImmutableArray<HopCase> hosts) => _answers[domain] = new RouteAnswer(7, hosts, null);

    public void Refuse(string domain, SmtpRefusal refusal) => _answers[domain] = new RouteAnswer(7, [], refusal);

    /// <summary>A host at 127.0.0.1 with this demand.</summary>
    public static HopCase Host(string domain, TlsDemand demand, string host = ServerCertificates.Name, string address = "127.0.0.1", bool mxAuthenticated = true) => new()
    {
        Domain = DnsName.Read(domain)!,
        Host = DnsName.Read(host)!,
        Addresses = [IPAddress.Parse(address)],
        Source = PolicySource.MtaSts,
        Demand = demand,
        MxAuthenticated = mxAuthenticated,
    };

    public uint Find(RouteQuestion question, IRouteClient client)
    {
        Asked.Enqueue(question);
        uint number = ++_number;
        _ = _waiting.Add(number);
        if (!Silent)
            _ = new Later(Reactor, () => Say(number, question, client));
        return number;
    }

    public void GiveUp(uint number)
    {
        if (_waiting.Remove(number))
            GivenUp++;
    }

    public void Tell(HopResult result) => Told.Enqueue(result);

    private void Say(uint number, RouteQuestion question, IRouteClient client)
    {
        if (_waiting.Remove(number))
            client.Routed(_answers.GetValueOrDefault(question.Domain) ?? new RouteAnswer(7, [], new SmtpRefusal(451, "4.4.3", "the test knows no such domain")));
    }
}
