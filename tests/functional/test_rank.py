from generated import generated

test_against_pytorch, test_odd_memory, test_gradcheck = generated("rank")
