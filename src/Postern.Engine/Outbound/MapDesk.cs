using Postern.Policy.Decision;
using Postern.Policy.Dns;
using Postern.Policy.Postfix;
using Postern.Protocols;
using Postern.Protocols.Lookup;

namespace Postern.Engine.Outbound;

/// <summary>
/// Answers one client's look-ups of policies, one after the other: the decision is the resolver's, the same as for mail that goes
/// through a gate. A resolver that does not answer is no policy of "none": the MTA keeps the mail.
/// </summary>
internal sealed class MapDesk(EngineThread thread, LookupProtocol protocol, Action changed) : IRouteClient, IDisposable
{
    /// <summary>For every Postfix.</summary>
    public const string Map = "policy";

    /// <summary>For Postfix 3.10 and later, with what its TLSRPT wants to know besides.</summary>
    public const string MapWithAttributes = "policy-tlsrpt";

    private uint _asking;
    private bool _wantsAttributes;
    private RouteAnswer? _answer;

    /// <summary>An answer is waited for.</summary>
    public bool IsBusy => _asking != 0;

    /// <summary>Look-ups that were answered.</summary>
    public int Answered { get; private set; }

    void IRouteClient.Routed(RouteAnswer answer)
    {
        _asking = 0;
        _answer = answer;
        changed();
    }

    /// <summary>Whoever asks has waited long enough.</summary>
    public void GiveUp(ref ByteWriter output)
    {
        Dispose();
        Say(MapReply.Later, "the resolver did not answer in time", ref output);
    }

    /// <summary>Bytes consumed; negative when what is there is no request.</summary>
    /// <param name="unread">Everything unread of the client's.</param>
    /// <param name="output">Has room for one reply at least, or nothing is done.</param>
    public int Advance(ReadOnlySpan<byte> unread, ref ByteWriter output)
    {
        int consumed = 0;
        while (output.Free > Socketmap.MaxReply)
        {
            if (_answer is { } answer)
            {
                _answer = null;
                PolicyMapEntry entry = PolicyMapEntry.Of(answer.Hosts, answer.Refusal, _wantsAttributes ? answer.Sts : null);
                Say(entry.Result switch { MapResult.Found => MapReply.Found, MapResult.NotFound => MapReply.NotFound, _ => MapReply.Later }, entry.Text, ref output);
            }

            if (IsBusy)
                break;

            MapRequest request = protocol.Read(unread[consumed..]);
            if (request.Status == MapRequestStatus.NeedInput)
                break;
            if (request.Status == MapRequestStatus.Garbage)
                return -1;
            consumed += request.Length;
            Ask(request, ref output);
        }

        return consumed;
    }

    public void Dispose()
    {
        if (_asking != 0)
            thread.Router!.GiveUp(_asking);
        _asking = 0;
    }

    private void Ask(MapRequest request, ref ByteWriter output)
    {
        if (request.Map is not ("" or Map or MapWithAttributes))
            Say(MapReply.Later, $"there are two maps here, {Map} and {MapWithAttributes}", ref output);
        else if (DomainOf(request.Key) is not { } domain)
            Say(MapReply.NotFound, "no domain", ref output);
        else if (thread.Router is not { } router)
            Say(MapReply.Later, "there is no resolver", ref output);
        else
        {
            _wantsAttributes = request.Map == MapWithAttributes;
            _asking = router.Find(new RouteQuestion(domain, RequireTls: false), this);
        }
    }

    /// <summary>
    /// postconf(5): the key is the next hop, with its port where it is not 25. Null for one in brackets, for which the operator has
    /// said where the mail goes, and for a parent domain (with a dot before it), which is none.
    /// </summary>
    private static string? DomainOf(string key)
    {
        int colon = key.LastIndexOf(':');
        string host = colon < 0 || key.AsSpan(colon + 1).ContainsAnyExceptInRange('0', '9') ? key : key[..colon];
        return host is ['.' or '[', ..] ? null : DnsName.Read(host)?.Text;
    }

    private void Say(MapReply reply, string text, ref ByteWriter output)
    {
        Answered++;
        protocol.Write(reply, text, ref output);
    }
}
