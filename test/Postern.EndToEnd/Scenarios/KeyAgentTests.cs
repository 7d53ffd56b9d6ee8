using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>Where the private keys are, and where they are not. (KillTests: what their holder's death costs.)</summary>
[Collection(nameof(EchoGates))]
public sealed class KeyAgentTests(EchoGates gates)
{
    /// <summary>Stopped, it takes requests and answers none: what a worker waits for then is asked again of its successor.</summary>
    [Fact]
    public void A_dialer_killed_in_mid_request_costs_no_connection()
    {
        string dialer = DialerPid().ToString(CultureInfo.InvariantCulture);
        _ = Tool.Run("kill", "-STOP", dialer);
        SslStream[] waiting = [.. Enumerable.Range(0, 20).Select(_ => Open())];
        foreach (SslStream tls in waiting)
            tls.Write("wait"u8);
        _ = Tool.Run("kill", "-KILL", dialer);
        foreach (SslStream tls in waiting)
        {
            byte[] answer = new byte[4];
            tls.ReadExactly(answer);
            Assert.Equal("wait"u8, answer);
            tls.Dispose();
        }
    }

    /// <summary>
    /// As root, under load: no byte string of a private key in a worker, nor PEM, nor DER. The same search finds them in
    /// the key agent, so the search works.
    /// </summary>
    [Fact]
    public void A_dump_of_a_worker_holds_no_key_and_one_of_the_key_agent_does()
    {
        Dictionary<string, byte[]> traces = Traces();
        string[] inWorker = [], inAgent = [];
        var load = new Thread(() =>
        {
            for (int i = 0; i < 150; i++)
                Open().Dispose();
        });
        load.Start();
        for (int i = 0; i < 3; i++)
        {
            inWorker = [.. inWorker, .. Found(WorkerPid(), traces)];
            inAgent = [.. inAgent, .. Found(KeyAgentPid(), traces)];
        }

        load.Join();
        Assert.Empty(inWorker);
        Assert.Contains(inAgent, name => name.StartsWith("ec.key: d", StringComparison.Ordinal));
        Assert.Contains(inAgent, name => name.StartsWith("rsa.key: p", StringComparison.Ordinal));
    }

    [Fact]
    public void It_is_another_user_and_status_tells_of_it()
    {
        Assert.Contains("key agent", gates.Gates.Command("status").Output, StringComparison.Ordinal);
        if (Environment.UserName != "root")
            return;

        Assert.Equal("daemon", Tool.Run("ps", "-o", "user=", "-p", $"{KeyAgentPid()}").Output.Trim());
        Assert.Equal("nobody", Tool.Run("ps", "-o", "user=", "-p", $"{WorkerPid()}").Output.Trim());
    }

    /// <summary>Every thread of them; what the filter lets through is docs/sandbox.md's (SandboxTests of Postern.Roles.Tests).</summary>
    [Fact]
    public void All_roles_are_filtered_without_rights_and_without_dumps()
    {
        _ = CanOpen();
        foreach (int pid in (int[])[KeyAgentPid(), DialerPid(), WorkerPid()])
        {
            foreach (string task in Directory.GetDirectories($"/proc/{pid}/task"))
            {
                Dictionary<string, string> status = File.ReadAllLines(Path.Combine(task, "status"))
                    .Select(line => line.Split(':', 2)).ToDictionary(fields => fields[0], fields => fields[1].Trim());
                Assert.Equal(("2", "1"), (status["Seccomp"], status["NoNewPrivs"]));
                Assert.Equal(("0000000000000000", "0000000000000000"), (status["CapEff"], status["CapPrm"]));
            }

            Assert.Contains("Max core file size        0                    0", File.ReadAllText($"/proc/{pid}/limits"), StringComparison.Ordinal);
        }
    }

    /// <summary>Names of the traces that the process's memory holds.</summary>
    private static IEnumerable<string> Found(int pid, Dictionary<string, byte[]> traces)
    {
        using FileStream memory = File.OpenRead($"/proc/{pid}/mem");
        byte[] region = [];
        foreach (string line in File.ReadAllLines($"/proc/{pid}/maps"))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            long[] ends = [.. fields[0].Split('-').Select(end => long.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            if (!fields[1].StartsWith("rw", StringComparison.Ordinal) || ends[1] - ends[0] > 1L << 30)
                continue;

            if (region.Length < ends[1] - ends[0])
                region = new byte[ends[1] - ends[0]];
            int read = 0;
            try
            {
                memory.Position = ends[0];
                int count;
                while (read < ends[1] - ends[0] && (count = memory.Read(region, read, (int)(ends[1] - ends[0]) - read)) > 0)
                    read += count;
            }
            catch (IOException)
            {
                // What is mapped and has no page behind it.
            }

            foreach ((string name, byte[] trace) in traces)
            {
                if (region.AsSpan(0, read).IndexOf(trace) >= 0)
                    yield return name;
            }
        }
    }

    /// <summary>What must not be found: the numbers in both byte orders, lines of the PEM text, a part of the DER.</summary>
    private Dictionary<string, byte[]> Traces()
    {
        Dictionary<string, byte[]> traces = [];
        void Add(string name, byte[] number)
        {
            traces.Add(name, number);
            traces.Add(name + ", reversed", [.. number.Reverse()]);
        }

        foreach (string file in (string[])["ec.key", "rsa.key", "wild.key", "ed.key"])
        {
            string pem = File.ReadAllText(gates.At(file));
            traces.Add(file + ": PEM", Encoding.ASCII.GetBytes(pem.Split('\n')[1]));
            byte[] der = Convert.FromBase64String(string.Concat(pem.Split('\n').Where(line => !line.StartsWith('-'))));

            // PKCS #8 of EC has the private number in the middle and the public key at the end, of RSA the other way round.
            traces.Add(file + ": DER", file == "rsa.key" ? der[^40..] : file == "ed.key" ? der[8..] : der[24..64]);
        }

        foreach (string file in (string[])["ec.key", "wild.key"])
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(gates.At(file)));
            Add(file + ": d", key.ExportParameters(true).D!);
        }

        using var rsa = RSA.Create();
        rsa.ImportFromPem(File.ReadAllText(gates.At("rsa.key")));
        RSAParameters numbers = rsa.ExportParameters(true);
        Add("rsa.key: p", numbers.P!);
        Add("rsa.key: q", numbers.Q!);
        Add("rsa.key: d", numbers.D!);
        return traces;
    }

    private SslStream Open()
    {
        var tls = new SslStream(new TcpClient("127.0.0.1", gates.First).GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        tls.AuthenticateAsClient("localhost");
        return tls;
    }

    private bool CanOpen()
    {
        try
        {
            Open().Dispose();
            return true;
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            return false;
        }
    }

    private JsonElement Current() => gates.Gates.Status().GetProperty("generations")[0];

    private int KeyAgentPid() => Current().GetProperty("keyAgent").GetProperty("pid").GetInt32();

    private int DialerPid() => Current().GetProperty("dialer").GetProperty("pid").GetInt32();

    private int WorkerPid() => Current().GetProperty("workers")[0].GetProperty("pid").GetInt32();
}
