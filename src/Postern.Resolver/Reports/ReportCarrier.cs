using System.Collections.Immutable;
using System.Net;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Demands;
using Postern.Policy.MtaSts;
using Postern.Policy.TlsRpt;
using Postern.Resolver.Policies;
using SocketAddress = Postern.Interop.LibC.SocketAddress;

namespace Postern.Resolver.Reports;

/// <summary>Brings reports to hosts by HTTPS, and to one MTA that the operator has named by SMTP. No word of others chooses that MTA.</summary>
/// <param name="policies">Whose TLS is used.</param>
/// <param name="relay">The MTA.</param>
/// <param name="hostName">What this machine calls itself to it.</param>
public sealed class ReportCarrier(PolicyHost policies, IPEndPoint relay, string hostName) : IReportCarrier
{
    /// <summary>
    /// RFC 5321 §4.5.3.2.6: ten minutes for the answer to the final dot. An MTA that filters what it takes needs some of them; who goes
    /// earlier sends again what was taken.
    /// </summary>
    private static readonly TimeSpan s_behindTheDot = TimeSpan.FromMinutes(10);

    private const int ReadSize = 4096;

    public Carried Post(Uri target, ImmutableArray<IPAddress> addresses, byte[] report, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(target);
        using DeadlineSocket? socket = DeadlineSocket.First(addresses, target.Port, limit);
        if (socket is null)
            return new(false, "the host cannot be reached");

        // RFC 8460 §3: "Report submitters MAY ignore certificate validation errors": whoever reports that TLS is broken shall not need it whole.
        using var conversation = new HttpsConversation(policies.Client, ServerDemand.Anybody(target.IdnHost), socket);
        if (conversation.Handshake() is not null)
            return new(false, "the TLS handshake failed");

        // What stands behind the status is nobody's business: it may break off, or be without end.
        var response = new HttpResponse();
        _ = conversation.Ask(ReportPost.Write(target, report), response);
        bool taken = ReportPost.IsTaken(response.Status, out string outcome);
        return new(taken, outcome);
    }

    public Carried Mail(string from, string to, byte[] mail, TimeSpan limit)
    {
        using DeadlineSocket? socket = DeadlineSocket.Stream(SocketAddress.Tcp(relay.Address, relay.Port), limit, out int error);
        if (socket is null)
            return new(false, $"the relay {relay} cannot be reached: {Errno.Describe(error)}");

        var dialogue = new RelayDialogue(hostName, from, to, mail);
        byte[] heard = new byte[ReadSize];
        while (!dialogue.IsOver)
        {
            int count = socket.Receive(heard);
            if (count <= 0)
                return new(false, $"the relay {relay} {(count == 0 ? "breaks off" : "does not answer: " + Errno.Describe(count))}");
            byte[] said = dialogue.Feed(heard.AsSpan(0, count));
            if (said.Length > 0 && socket.Send(said) is var sent and < 0 && !dialogue.IsTaken)
                return new(false, $"the relay {relay} does not hear: {Errno.Describe(sent)}");
            if (dialogue.IsSaid)
                socket.Restart(s_behindTheDot);
        }

        return new(dialogue.IsTaken, dialogue.Outcome);
    }
}
