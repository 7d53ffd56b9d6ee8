using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Policy.Dns;
using SocketAddress = Postern.Interop.LibC.SocketAddress;

namespace Postern.Resolver.Dns;

/// <summary>
/// A validating resolver of this machine, whose word is believed (the AD bit, RFC 6840 §5.8): over loopback nobody else can say it.
/// There is no way to make one that believes a resolver elsewhere.
/// </summary>
public sealed class LoopbackSource : IDnsSource
{
    /// <summary>How often a datagram is sent, and how long an answer is waited for; the resolver's own patience with others is in it.</summary>
    private const int Tries = 3;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);

    /// <summary>Two octets of length (RFC 1035 §4.2.2) before the longest message.</summary>
    private const int MaxStream = 2 + ushort.MaxValue;

    private readonly SocketAddress _address;

    private LoopbackSource(SocketAddress address) => _address = address;

    /// <summary>Null for an address that is not of loopback.</summary>
    public static LoopbackSource? At(IPEndPoint resolver) =>
        IPAddress.IsLoopback(resolver.Address) ? new LoopbackSource(SocketAddress.Tcp(resolver.Address, resolver.Port)) : null;

    public ImmutableArray<DnsReply> Look(ImmutableArray<DnsQuestion> questions)
    {
        var open = new Dictionary<ushort, DnsQuestion>();
        foreach (DnsQuestion question in questions.Distinct())
        {
            while (!open.TryAdd(NewId(), question))
            {
                // Another has that number.
            }
        }

        var replies = new Dictionary<DnsQuestion, DnsReply>();
        string wrong = "";
        for (int i = 0; i < Tries && replies.Count < open.Count; i++)
        {
            using DeadlineSocket? socket = DeadlineSocket.Datagram(_address, s_patience, out int error);
            if (socket is null)
            {
                wrong = Errno.Describe(error);
                continue;
            }

            wrong = Ask(socket, open, replies);
        }

        return [.. questions.Select(question => replies.GetValueOrDefault(question)
            ?? DnsReply.Failed(question, DnsState.Failed, $"the resolver at {_address.Text} does not answer: {wrong}"))];
    }

    public string? Canary()
    {
        string wrong = "";
        for (int i = 0; i < Tries; i++)
        {
            ushort id = NewId();
            using DeadlineSocket? socket = DeadlineSocket.Datagram(_address, s_patience, out int result);
            byte[] answer = new byte[DnsMessage.MaxDatagram];
            if (socket is not null && (result = socket.Send(DnsMessage.WriteCanary(id))) >= 0)
            {
                while ((result = socket.Receive(answer)) >= 0)
                {
                    if (DnsMessage.IsCanary(answer.AsSpan(0, result), id, out string problem))
                        return problem.Length == 0 ? null : $"the resolver at {_address.Text} {problem}";
                }
            }

            wrong = Errno.Describe(result);
        }

        return $"the resolver at {_address.Text} does not answer: {wrong}";
    }

    /// <summary>All that has no answer yet.</summary>
    /// <returns>Why no more came.</returns>
    private string Ask(DeadlineSocket socket, Dictionary<ushort, DnsQuestion> open, Dictionary<DnsQuestion, DnsReply> replies)
    {
        foreach ((ushort id, DnsQuestion question) in open)
        {
            if (replies.ContainsKey(question))
                continue;
            int sent = socket.Send(DnsMessage.WriteQuery(question, id));
            if (sent < 0)
                return Errno.Describe(sent);
        }

        byte[] message = new byte[MaxStream];
        while (replies.Count < open.Count)
        {
            int length = socket.Receive(message);
            if (length < 0)
                return Errno.Describe(length);
            if (length < sizeof(ushort) || !open.TryGetValue(BinaryPrimitives.ReadUInt16BigEndian(message), out DnsQuestion? question))
                continue;

            ReadOnlySpan<byte> answer = message.AsSpan(0, length);
            ushort id = BinaryPrimitives.ReadUInt16BigEndian(answer);
            if (DnsMessage.IsAnswerTo(answer, question, id))
                replies[question] = DnsMessage.IsTruncated(answer) ? AskByStream(question, id) : DnsMessage.Read(answer, question);
        }

        return "";
    }

    /// <summary>What did not fit (RFC 7766 §5).</summary>
    private DnsReply AskByStream(DnsQuestion question, ushort id)
    {
        using DeadlineSocket? socket = DeadlineSocket.Stream(_address, s_patience, out int error);
        if (socket is null)
            return Failed(error);

        byte[] query = DnsMessage.WriteQuery(question, id);
        int result = socket.Send([(byte)(query.Length >> 8), (byte)query.Length, .. query]);
        byte[] all = new byte[MaxStream];
        int have = 0;
        while (result >= 0)
        {
            result = socket.Receive(all.AsSpan(have));
            have += Math.Max(result, 0);
            if (have >= 2 && have >= 2 + BinaryPrimitives.ReadUInt16BigEndian(all))
            {
                ReadOnlySpan<byte> answer = all.AsSpan(2, BinaryPrimitives.ReadUInt16BigEndian(all));
                return DnsMessage.IsAnswerTo(answer, question, id)
                    ? DnsMessage.Read(answer, question)
                    : DnsReply.Failed(question, DnsState.Failed, "the resolver answers another question");
            }

            if (result == 0)
                return DnsReply.Failed(question, DnsState.Failed, "the resolver breaks off in its answer");
        }

        return Failed(result);

        DnsReply Failed(int errno) => DnsReply.Failed(question, DnsState.Failed, "the resolver does not answer over TCP: " + Errno.Describe(errno));
    }

    private static ushort NewId() => (ushort)RandomNumber.Draw();
}
