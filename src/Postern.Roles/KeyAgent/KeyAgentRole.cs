using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Keys;
using Postern.Roles.Ipc;
using Postern.Roles.Sandbox;

namespace Postern.Roles.KeyAgent;

/// <summary>
/// The key agent: holds the private keys of one generation, signs what a TLS handshake signs, derives session ticket keys.
/// <para>Purpose: that no process which reads a client's bytes has a private key.</para>
/// <para>Trust: the supervisor; nothing that a worker says.</para>
/// <para>Privilege: a user of its own; no file after start, no network (RoleCalls.KeyAgent); its keys in locked memory that no dump contains.</para>
/// <para>Failure: no handshake succeeds until the supervisor has started another; connections that stand are not touched.</para>
/// </summary>
public static class KeyAgentRole
{
    public const string Name = "key-agent";

    private const int MaxKeys = 16 * 1024 * 1024;

    public static int Run(Launched launched)
    {
        Privilege.ForbidGainAndDump();

        var channel = new Channel(Channel.InheritedFd);
        if (channel.Receive(out int[] descriptors) is not { Kind: MessageKind.Setup } || descriptors.Length != 1)
            return 1;

        byte[]? json = Descriptor.ReadWhole(descriptors[0], MaxKeys);
        Descriptor.Close(descriptors[0]);
        if (json is null)
            return RoleStart.Fail(channel, "the keys cannot be read");

        KeySnapshot snapshot = KeySnapshot.Read(json);
        Array.Clear(json);
        long locked = SecureHeap.SizeFor(snapshot.Keys.Select(key => (key.Kind, key.Bits)));
        string notice = SecureHeap.Take(locked)
            ? ""
            : $"the private keys could be swapped out: {locked / 1024} KiB of memory cannot be locked; raise the limit (LimitMEMLOCK= in a unit, ulimit -l in a shell)";
        ImmutableArray<HeldKey>? keys = ReadKeys(snapshot);
        if (!SecureHeap.HasRoom)
            return RoleStart.Fail(channel, $"the {snapshot.Keys.Length} private keys take {SecureHeap.Used} of {locked} bytes of locked memory: not enough is left to sign");
        if (keys is null)
            return RoleStart.Fail(channel, "OpenSSL does not read a private key that it read before");
        var tickets = new TicketDesk(snapshot.TicketSecret, snapshot.TicketLifetime, snapshot.SessionPolicies, TimeProvider.System);
        Array.Clear(snapshot.TicketSecret);
        if (RoleSandbox.Enter(RoleList.KeyAgent, launched, out string open) is { } problem)
            return RoleStart.Fail(channel, problem);
        if (!channel.Send(new Message(MessageKind.Ready) { Text = open + "\n" + notice }))
            return 1;

        var desk = new AgentDesk(new SigningDesk(keys.Value), tickets);
        return ClientThreads.Serve(channel, fd => Answer(desk, channel, fd));
    }

    /// <summary>One client, until it is gone: a message, an answer.</summary>
    private static void Answer(AgentDesk desk, Channel channel, int fd)
    {
        // One byte more than any request has: a longer one is cut there, and so recognised.
        Span<byte> request = stackalloc byte[AgentRequest.MaxSize + 1];
        Span<byte> answer = stackalloc byte[AgentRequest.MaxAnswer];
        while (true)
        {
            int length = StreamSocket.Receive(fd, request);
            if (length == -Errno.Interrupted)
                continue;
            if (length <= 0)
                break;

            int answered = desk.Answer(request[..length], answer, out AgentOutcome outcome);
            if (outcome != AgentOutcome.Done)
                _ = channel.Send(new Message(MessageKind.Refused) { Number = (int)outcome });
            if (StreamSocket.Send(fd, answer[..answered]) < 0)
                break;
        }

        Descriptor.Close(fd);
    }

    private static ImmutableArray<HeldKey>? ReadKeys(KeySnapshot snapshot)
    {
        ImmutableArray<HeldKey>.Builder keys = ImmutableArray.CreateBuilder<HeldKey>(snapshot.Keys.Length);
        foreach (AgentKey given in snapshot.Keys)
        {
            SigningKey? key = SigningKey.FromPem(given.Pem, given.Passphrase);
            Array.Clear(given.Pem);
            Array.Clear(given.Passphrase);
            if (key is null)
                return null;
            keys.Add(new HeldKey(key, given.Use));
        }

        return keys.MoveToImmutable();
    }
}
