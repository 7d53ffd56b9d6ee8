using System.Security.Cryptography;
using System.Text;
using Postern.EndToEnd.Rigs;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.LibSsl.Tickets;
using Postern.Roles.Ipc;
using Postern.Roles.KeyAgent;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>What a stolen worker can say to a real key agent: anything, and it signs afterwards as before.</summary>
[Collection(nameof(EchoGates))]
public sealed class KeyAgentSocketTests(EchoGates gates)
{
    private const int Messages = 3000;

    [Fact]
    public void Any_bytes_are_answered_and_the_next_signature_is_made()
    {
        using var agent = new KeyAgentRig(KeyAgentRig.Snapshot([KeyAgentRig.Key(gates.At("ec.key"))]));
        Assert.Equal(MessageKind.Ready, agent.First?.Kind);
        int worker = agent.Connect(threads: 1), other = agent.Connect(threads: 1);
        var random = new Random(20261125);
        int refused = 0;
        for (int i = 0; i < Messages; i++)
        {
            byte[] message = i % 3 == 0 ? Near(random) : new byte[random.Next(1, 600)];
            if (i % 3 != 0)
                random.NextBytes(message);
            if (i % 3 == 1 && message.Length > 5)
                (message[4], message[5]) = ((byte)random.Next(4), 0);
            byte[] answer = KeyAgentRig.Ask(worker, message);
            Assert.Equal(message.Length < 4 ? new byte[4] : message[..4], answer[..4]);
            refused += answer[4] == (byte)AgentOutcome.Done ? 0 : 1;
        }

        Signs(worker, 1);
        Signs(other, 2);
        Workplace.WaitFor(() => agent.Refused == refused, () => $"{refused} were refused, {agent.Refused} were told of");
        Assert.True(refused > Messages / 2);
        Descriptor.Close(worker);
        Descriptor.Close(other);
    }

    /// <summary>A worker that asks and never listens, and one that ends in the middle, keep nobody else waiting.</summary>
    [Fact]
    public void Who_does_not_listen_harms_nobody_else()
    {
        using var agent = new KeyAgentRig(KeyAgentRig.Snapshot([KeyAgentRig.Key(gates.At("ec.key"))]));
        int deaf = agent.Connect(threads: 1), gone = agent.Connect(threads: 1), worker = agent.Connect(threads: 1);
        for (uint i = 0; i < 50; i++)
            Assert.True(StreamSocket.Send(deaf, Request(i)) > 0);
        Assert.True(StreamSocket.Send(gone, Request(1)) > 0);
        Descriptor.Close(gone);
        Signs(worker, 3);
        Descriptor.Close(deaf);
        Signs(worker, 4);
        Descriptor.Close(worker);
    }

    /// <summary>Many requests over one socket: each is answered by its number, whichever thread took it.</summary>
    [Fact]
    public void Several_threads_serve_one_socket()
    {
        using var agent = new KeyAgentRig(KeyAgentRig.Snapshot([KeyAgentRig.Key(gates.At("ec.key"))]));
        int fd = agent.Connect(threads: 4);
        HashSet<uint> open = [];
        for (uint number = 100; number < 164; number++)
        {
            Assert.True(StreamSocket.Send(fd, Request(number)) > 0);
            _ = open.Add(number);
        }

        while (open.Count > 0)
        {
            byte[] answer = KeyAgentRig.Hear(fd);
            Assert.Equal((byte)AgentOutcome.Done, answer[4]);
            Assert.True(open.Remove(BitConverter.ToUInt32(answer)));
        }

        Descriptor.Close(fd);
    }

    /// <summary>The ticket keys of now, from the process itself; those of another time, or another gate, are refused and told of.</summary>
    [Fact]
    public void Ticket_keys_are_of_now()
    {
        using var agent = new KeyAgentRig(KeyAgentRig.Snapshot([KeyAgentRig.Key(gates.At("ec.key"))]));
        int fd = agent.Connect(threads: 1);
        long slice = DateTimeOffset.UtcNow.ToUnixTimeSeconds() / KeyAgentRig.TicketLifetime;
        byte[] now = Tickets(fd, 0, slice), before = Tickets(fd, 0, slice - 1);
        Assert.Equal(AgentRequest.AnswerHeaderSize + TicketKeySet.Size, now.Length);
        Assert.Equal(now.Length, before.Length);
        Assert.NotEqual(now[5..], before[5..]);
        Assert.Equal(now, Tickets(fd, 0, slice));

        foreach ((int gate, long other) in (ReadOnlySpan<(int, long)>)[(0, slice + 2), (0, slice - 3), (0, long.MaxValue), (0, long.MinValue)])
            Assert.Equal([(byte)AgentOutcome.WrongSlice], Tickets(fd, gate, other)[4..]);
        Assert.Equal([(byte)AgentOutcome.UnknownGate], Tickets(fd, 1, slice)[4..]);
        Workplace.WaitFor(() => agent.Refused == 5, () => $"5 were refused, {agent.Refused} were told of");
        Descriptor.Close(fd);
    }

    private static byte[] Tickets(int fd, int gate, long slice)
    {
        byte[] request = new byte[AgentRequest.HeaderSize + TicketRequest.Size];
        AgentRequest.WriteHeader(8, RequestKind.TicketKeys, request);
        new TicketRequest(gate, -1, slice).Write(request.AsSpan(AgentRequest.HeaderSize));
        return KeyAgentRig.Ask(fd, request);
    }

    private void Signs(int fd, uint number)
    {
        byte[] request = Request(number), answer = KeyAgentRig.Ask(fd, request);
        Assert.Equal((number, (byte)AgentOutcome.Done), (BitConverter.ToUInt32(answer), answer[4]));
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(gates.At("ec.key")));
        Assert.True(key.VerifyData(
            request.AsSpan(AgentRequest.HeaderSize + SigningRequest.HeaderSize), answer.AsSpan(AgentRequest.AnswerHeaderSize), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    private static byte[] Near(Random random)
    {
        byte[] request = Request((uint)random.Next());
        request[random.Next(4, request.Length)] ^= (byte)random.Next(1, 256);
        return request[..random.Next(1, request.Length + 1)];
    }

    private static byte[] Request(uint number)
    {
        byte[] request = new byte[AgentRequest.MaxSize];
        AgentRequest.WriteHeader(number, RequestKind.Sign, request);
        byte[] message = [.. Enumerable.Repeat((byte)' ', 64), .. Encoding.ASCII.GetBytes("TLS 1.3, server CertificateVerify"), 0, .. new byte[32]];
        return request[..(AgentRequest.HeaderSize + SigningRequest.Write(0, SignatureScheme.EcdsaSha256, message, request.AsSpan(AgentRequest.HeaderSize)))];
    }
}
