using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Keys;
using Postern.Roles.Ipc;
using Postern.Roles.KeyAgent.Tokens;
using Postern.Roles.Sandbox;

namespace Postern.Roles.KeyAgent;

/// <summary>
/// The key agent: holds the private keys of one generation, signs what a TLS handshake signs, derives session ticket keys.
/// <para>Purpose: that no process which reads a client's bytes has a private key.</para>
/// <para>Trust: the supervisor; nothing that a worker says.</para>
/// <para>Privilege: a user of its own; no file after start, no network (RoleCalls.KeyAgent); its keys in locked memory that no dump contains. Where a key is on a token, files and sockets too, for the token's module (RoleCalls.KeyAgentWithToken).</para>
/// <para>Failure: no handshake succeeds until the supervisor has started another; connections that stand are not touched.</para>
/// </summary>
public static class KeyAgentRole
{
    public const string Name = "key-agent";

    /// <summary>The same with keys on tokens.</summary>
    public const string NameWithToken = "key-agent-with-token";

    private const string TokenNotice =
        "a key is on a token: the key agent may open files and sockets, as the token's module needs it (docs/sandbox.md)";

    /// <summary>A vendor's library is not written for small stacks.</summary>
    private const int ModuleStack = 1024 * 1024;

    private const int MaxKeys = 16 * 1024 * 1024;

    public static int Run(Launched launched) => Run(launched, RoleList.KeyAgent);

    /// <summary>As <see cref="RoleList.KeyAgentWithToken"/>.</summary>
    public static int RunWithToken(Launched launched)
    {
        // Not by way of the module's own last words: libraries of C++ that use OpenSSL fall over it at exit.
        int status = Run(launched, RoleList.KeyAgentWithToken);
        ChildProcess.Leave(status);
        return status;
    }

    private static int Run(Launched launched, Role role)
    {
        Privilege.ForbidGainAndDump();

        var channel = new Channel(Channel.InheritedFd);
        if (RoleStart.ReceiveSetup(channel, MaxKeys, "the keys") is not { } bytes)
            return 1;

        KeySnapshot snapshot = KeySnapshot.Read(bytes);
        Array.Clear(bytes);
        long locked = SecureHeap.SizeFor(snapshot.Keys.Where(key => key.Token is null).Select(key => (key.Kind, key.Bits)));
        string notice = SecureHeap.Take(locked)
            ? ""
            : $"the private keys could be swapped out: {locked / 1024} KiB of memory cannot be locked; raise the limit (LimitMEMLOCK= in a unit, ulimit -l in a shell)";
        ImmutableArray<ISigningKey?>? keys = ReadKeys(snapshot);
        if (!SecureHeap.HasRoom)
            return RoleStart.Fail(channel, $"the {snapshot.Keys.Length} private keys take {SecureHeap.Used} of {locked} bytes of locked memory: not enough is left to sign");
        if (keys is null)
            return RoleStart.Fail(channel, "OpenSSL does not read a private key that it read before");
        var tickets = new TicketDesk(snapshot.TicketSecret, snapshot.TicketLifetime, snapshot.SessionPolicies, TimeProvider.System);
        Array.Clear(snapshot.TicketSecret);
        var tokens = new TokenKeys();
        if (RoleSandbox.Enter(role, launched, out string open, () => tokens.Open(snapshot)) is { } problem)
            return RoleStart.Fail(channel, problem);

        bool withToken = role == RoleList.KeyAgentWithToken;
        tokens.Prove();
        if (!tokens.Problems.IsEmpty)
            return RoleStart.Fail(channel, Words(snapshot, tokens.Problems));
        if (!RoleStart.Ready(channel, $"{open}\n{notice}\n{(withToken ? TokenNotice : "")}"))
            return 1;

        var signing = new SigningDesk([.. keys.Value.Select((key, number) => new HeldKey(key ?? tokens.Keys[number], snapshot.Keys[number].Use))]);
        var desk = new AgentDesk(signing, tickets);
        return ClientThreads.Serve(channel, fd => Answer(desk, signing, channel, fd), withToken ? ModuleStack : ClientThreads.StackSize);
    }

    /// <summary>One client, until it is gone: a message, an answer.</summary>
    private static void Answer(AgentDesk desk, SigningDesk signing, Channel channel, int fd)
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
                _ = channel.Send(new Message(MessageKind.Refused) { Number = (int)outcome, Text = signing.TokenError });
            if (StreamSocket.Send(fd, answer[..answered]) < 0)
                break;
        }

        Descriptor.Close(fd);
    }

    /// <summary>The first of them where it stands in the configuration; postern check says all.</summary>
    private static string Words(KeySnapshot snapshot, ImmutableArray<TokenProblem> problems) =>
        $"{snapshot.Keys[problems[0].Key].Token!.Place}: {problems[0].Message}{(problems.Length > 1 ? $" (and {problems.Length - 1} more: postern check)" : "")}";

    /// <summary>In their places; null in the place of one that is on a token.</summary>
    private static ImmutableArray<ISigningKey?>? ReadKeys(KeySnapshot snapshot)
    {
        ImmutableArray<ISigningKey?>.Builder keys = ImmutableArray.CreateBuilder<ISigningKey?>(snapshot.Keys.Length);
        foreach (AgentKey given in snapshot.Keys)
        {
            SigningKey? key = given.Token is null ? SigningKey.FromPem(given.Pem, given.Passphrase) : null;
            Array.Clear(given.Pem);
            Array.Clear(given.Passphrase);
            if (key is null && given.Token is null)
                return null;
            keys.Add(key);
        }

        return keys.MoveToImmutable();
    }
}
