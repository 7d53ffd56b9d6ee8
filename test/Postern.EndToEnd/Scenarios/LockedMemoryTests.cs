using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Postern.EndToEnd.Rigs;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Keys;
using Postern.Roles.Ipc;
using Postern.Roles.KeyAgent;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// The memory of the private keys is as large as they need. Taken out: SecureHeap.SizeFor, for the fixed 1 MiB that was
/// there before (the agent then reads no more than 585 keys of RSA-4096, and signs with none of them).
/// </summary>
[Collection(nameof(EchoGates))]
public sealed class LockedMemoryTests(EchoGates gates)
{
    private const int Many = 700;

    [Theory]
    [InlineData("rsa", 4096, 2 * 1024)]
    [InlineData("ec", 384, 256)]
    public void Hundreds_of_keys_are_locked_and_the_last_one_signs(string kind, int bits, int kilobytes)
    {
        string file = Generate(kind, bits);
        KeyKind is_ = kind == "rsa" ? KeyKind.Rsa : KeyKind.Ec;
        using var agent = new KeyAgentRig(KeyAgentRig.Snapshot(Enumerable.Repeat(KeyAgentRig.Key(file, is_, bits), Many)));
        Assert.Equal(MessageKind.Ready, agent.First?.Kind);
        Assert.DoesNotContain("swapped out", agent.First!.Text, StringComparison.Ordinal);
        Assert.Equal($"{kilobytes} kB", agent.Status("VmLck"));

        int fd = agent.Connect(threads: 1);
        SignatureScheme scheme = kind == "rsa" ? SignatureScheme.RsaPssSha256 : SignatureScheme.EcdsaSha384;
        foreach (int number in (int[])[0, Many - 1])
        {
            byte[] answer = KeyAgentRig.Ask(fd, Request(number, scheme));
            Assert.Equal((byte)AgentOutcome.Done, answer[4]);
        }

        Descriptor.Close(fd);
    }

    /// <summary>Who says that the keys are smaller than they are gets no agent, and is told why.</summary>
    [Fact]
    public void Without_room_to_sign_there_is_no_agent()
    {
        string file = Generate("rsa", 4096);
        using var agent = new KeyAgentRig(KeyAgentRig.Snapshot(Enumerable.Repeat(KeyAgentRig.Key(file, KeyKind.Ed25519, 256), Many)));
        Assert.Equal(MessageKind.Failed, agent.First?.Kind);
        Assert.EndsWith("bytes of locked memory: not enough is left to sign", agent.First?.Text, StringComparison.Ordinal);
    }

    /// <summary>A limit of 64 KiB that nobody may raise: it is said, and the gate works.</summary>
    [Fact]
    public void Where_nothing_can_be_locked_it_is_said_and_signed_all_the_same()
    {
        int port = Workplace.FreePort();
        string prelude = "ulimit -l 64; "
            + (Environment.UserName == "root" ? "exec setpriv --bounding-set=-ipc_lock,-sys_resource -- \"$0\" -c \"$1\"; " : "");
        using PosternRig rig = gates.AnotherAfter(prelude, "unlocked", gates.Certificates.Tables + $"""
            [[gate]]
            name = "unlocked"
            protocol = "tcp"
            listen = ["127.0.0.1:{port}"]
            tls = "implicit"
            certificate = ["ec"]
            backend = "127.0.0.1:{gates.BackendPort}"
            """, port);
        ToolResult hello = Tool.RunWith("hello\n", TimeSpan.FromMilliseconds(600), "openssl", "s_client", "-connect", $"localhost:{port}");
        Assert.Contains("\nhello", hello.Output, StringComparison.Ordinal);
        Assert.Contains("the private keys could be swapped out: 256 KiB of memory cannot be locked", rig.Command("status").Output, StringComparison.Ordinal);
    }

    private static byte[] Request(int key, SignatureScheme scheme)
    {
        byte[] request = new byte[AgentRequest.MaxSize];
        AgentRequest.WriteHeader(1, RequestKind.Sign, request);
        byte[] message = [.. Enumerable.Repeat((byte)' ', 64), .. Encoding.ASCII.GetBytes("TLS 1.3, server CertificateVerify"), 0, .. new byte[32]];
        return request[..(AgentRequest.HeaderSize + SigningRequest.Write(key, scheme, message, request.AsSpan(AgentRequest.HeaderSize)))];
    }

    private string Generate(string kind, int bits)
    {
        string file = gates.At(string.Create(CultureInfo.InvariantCulture, $"locked-{kind}-{bits}.key"));
        using AsymmetricAlgorithm key = kind == "rsa" ? RSA.Create(bits) : ECDsa.Create(ECCurve.NamedCurves.nistP384);
        File.WriteAllText(file, key.ExportPkcs8PrivateKeyPem());
        return file;
    }
}
