using System.Diagnostics;
using System.Text;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>What a program said, both streams, and how it ended.</summary>
internal sealed record ToolResult(int ExitCode, string Output);

/// <summary>Runs the real clients: swaks, curl, openssl, gnutls-cli.</summary>
internal static class Tool
{
    private const int TimeoutMilliseconds = 30_000;

    public static ToolResult Run(string program, params string[] arguments) => RunWith("", TimeSpan.Zero, program, arguments);

    /// <summary>What a rig cannot do without.</summary>
    public static void Must(string program, params string[] arguments) => MustHear("", program, arguments);

    /// <inheritdoc cref="Must"/>
    public static void MustHear(string input, string program, params string[] arguments)
    {
        ToolResult result = RunWith(input, TimeSpan.Zero, program, arguments);
        Assert.True(result.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {result.Output}");
    }

    /// <param name="input">What it is told on standard input.</param>
    /// <param name="patience">How long standard input stays open behind that: openssl s_client leaves when it ends.</param>
    /// <param name="program">Found on the PATH.</param>
    /// <param name="arguments">As they are; no shell.</param>
    public static ToolResult RunWith(string input, TimeSpan patience, string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = new StringBuilder();
        process.OutputDataReceived += (_, e) => Append(output, e.Data);
        process.ErrorDataReceived += (_, e) => Append(output, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            foreach (string line in input.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                process.StandardInput.Write(line + "\n");
                process.StandardInput.Flush();
                if (patience > TimeSpan.Zero)
                    Thread.Sleep(patience / 4);
            }

            if (patience > TimeSpan.Zero)
                Thread.Sleep(patience);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It left before it had heard everything: what it said tells why.
        }

        if (!process.WaitForExit(TimeoutMilliseconds))
        {
            process.Kill();
            throw new TimeoutException($"{program} did not end; it said: {output}");
        }

        process.WaitForExit();
        lock (output)
            return new ToolResult(process.ExitCode, output.ToString());
    }

    private static void Append(StringBuilder output, string? line)
    {
        lock (output)
            _ = line is null ? output : output.Append(line).Append('\n');
    }
}
