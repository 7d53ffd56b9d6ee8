using Postern.Interop.LibSsl;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.Dane;
using Postern.Policy.MtaSts;
using Postern.Policy.Survey;

namespace Postern.Resolver.Policies;

/// <summary>
/// Fetches a policy by HTTPS (RFC 8461 §3.3) with the TLS that everything else here has: it is verified in the handshake, needs no
/// file and no thread, and so fits into a sandbox (docs/adr/0023-policy-fetch.md).
/// </summary>
public sealed class PolicyHost : IPolicySource
{
    private const int HttpsPort = 443;

    private readonly TlsClient _client;
    private readonly int _port;
    private readonly TimeSpan _limit;

    private PolicyHost(TlsClient client, int port, TimeSpan limit)
    {
        _client = client;
        _port = port;
        _limit = limit;
    }

    /// <summary>Null, and why.</summary>
    /// <param name="authorities">PEM: who certifies policy hosts; the system's, as a rule.</param>
    /// <param name="problem">In OpenSSL's words.</param>
    public static PolicyHost? Create(byte[] authorities, out string problem) => Create(authorities, HttpsPort, StsFetch.TimeLimit, out problem);

    internal static PolicyHost? Create(byte[] authorities, int port, TimeSpan limit, out string problem)
    {
        var client = TlsClient.Create(new TlsClientSettings { TrustPem = authorities, Tls13Only = false, Alpn = ["http/1.1"] }, out problem);
        return client is null ? null : new PolicyHost(client, port, limit);
    }

    /// <summary>For other requests by HTTPS, which say themselves what they demand: one client has read the authorities, that is enough.</summary>
    internal TlsClient Client => _client;

    /// <summary>
    /// Whether OpenSSL has a use for a TLSA record. It is asked of this client, which is there already and has read all authorities,
    /// though none of them has a say in it.
    /// </summary>
    public bool Takes(TlsaRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return _client.Take((byte)record.Usage, (byte)record.Selector, (byte)record.Matching, record.Data) is not null;
    }

    public StsFetchResult Fetch(PolicyRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using DeadlineSocket? socket = DeadlineSocket.First(request.Addresses, _port, _limit);
        return socket is null ? StsFetch.Judge(StsFetchEnd.Unreachable) : Fetch(request, socket);
    }

    private StsFetchResult Fetch(PolicyRequest request, DeadlineSocket socket)
    {
        using var conversation = new HttpsConversation(_client, ServerDemand.Chain(request.Host.Text, request.Host.Text), socket);
        StsFetchEnd? failed = conversation.Handshake();
        if (failed is not null)
            return StsFetch.Judge(failed.Value);

        var response = new HttpResponse();
        HttpProgress progress = conversation.Ask(HttpResponse.Request(request.Host), response);
        return progress switch
        {
            HttpProgress.Whole => StsFetch.Judge(StsFetchEnd.Response, response.Status, response.ContentType, response.Body),
            HttpProgress.TooLong => StsFetch.Judge(StsFetchEnd.TooLong),
            HttpProgress.NeedsMore => StsFetch.Judge(StsFetchEnd.Unreachable),
            _ => StsFetch.Judge(StsFetchEnd.Broken),
        };
    }
}
